import { ClosedError, ConfigError } from "../../../errors.ts";
import type { Message } from "../../../event/message.ts";
import { type EngineUrl, parseEngineUrl } from "../../../lib/engine-url.ts";
import type { EngineReport } from "../../../lib/engine-report.ts";
import { sleep } from "../../../lib/sleep.ts";
import {
  type Delivery,
  type QueueDepth,
  type QueueDriver,
  type QueueDriverOptions,
  type RetryOptions,
  sharedShards,
} from "../../driver.ts";
import { acknowledge, extendLeases, giveBack, giveBackUnseen, note } from "./answers.ts";
import { connectionOptions, loadNats, type NatsClient, nameOf } from "./client.ts";
import { configErrorOf, isGone, unavailable } from "./errors.ts";
import { type Held, NatsBuffer } from "./held.ts";
import { NatsLink } from "./link.ts";
import { NatsReceiver, type PullOptions } from "./receiver.ts";
import { NatsReservation } from "./reservation.ts";
import { natsReport } from "./report.ts";
import { NatsSender } from "./sender.ts";
import { NatsSessions, type Session } from "./session.ts";
import { attemptsOf, copiesOf } from "./topology.ts";
import { within } from "./within.ts";

/** How long `receive` waits for the first message, and how long it rests when the server says nonsense, in ms. */
const [waitMs, restMs] = [1_000, 100];

/**
 * A JetStream stream of NATS: a message for each event, a consumer for each shard.
 *
 * @throws {ConfigError} if the URL is wrong, or the server refuses us
 */
export async function openNatsQueue(text: string, options: QueueDriverOptions): Promise<QueueDriver> {
  const client = await loadNats();
  const url = parsed(client, text);
  const link = new NatsLink(client, url, options.log);
  await link.open();
  const queue = new NatsQueue(client, link, url, options);
  try {
    await within(queue.declare(), 3_000);
  } catch (error) {
    const wrong = configErrorOf(error, url);
    if (wrong === undefined || !link.isUp) return queue;
    await queue.close();
    throw wrong;
  }
  return queue;
}

class NatsQueue implements QueueDriver {
  readonly shards = sharedShards;
  readonly #client: NatsClient;
  readonly #link: NatsLink;
  readonly #name: string;
  readonly #sessions: NatsSessions;
  readonly #sender: NatsSender;
  readonly #reservation: NatsReservation;
  readonly #buffer = new NatsBuffer();
  readonly #receiver = new NatsReceiver(this.#buffer);
  /** What this consumer was handed and has not answered, by receipt. */
  readonly #held = new Map<string, Held>();
  readonly #ending = new AbortController();
  readonly #receiving = new Set<Promise<unknown>>();
  readonly #heartbeat: NodeJS.Timeout;
  #owned: readonly number[] | undefined;
  /** Ends what is asked of the server when the shards change. */
  #turn = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(client: NatsClient, link: NatsLink, url: EngineUrl, { leaseMs }: QueueDriverOptions) {
    this.#client = client;
    this.#link = link;
    this.#name = nameOf(url);
    const replicas = url.keys.get("replicas");
    const plan = {
      name: this.#name,
      leaseMs,
      replicas: replicas === undefined ? undefined : Number(replicas),
    };
    this.#sessions = new NatsSessions(client, link, plan);
    this.#reservation = new NatsReservation(attemptsOf(this.#name), leaseMs);
    this.#sender = new NatsSender(client, this.#name);
    this.#heartbeat = setInterval(() => void this.#keepLeases(), leaseMs / 3);
  }

  /** So that what the server refuses is told at start. */
  async declare(): Promise<void> {
    await this.#sessions.get();
  }

  async send(messages: readonly Message[]): Promise<void> {
    await this.#call("take messages", ({ connection }) => this.#sender.store(connection, messages));
  }

  async own(shards: readonly number[]): Promise<void> {
    const before = this.#owned;
    const added = shards.filter((shard) => before?.includes(shard) !== true);
    this.#assertOpen();
    // Nothing of a new one before it is taken over: its consumer would hand out what is new before what was under way.
    this.#receiveOnly(shards.filter((shard) => !added.includes(shard)));
    try {
      await this.#call("give a share of the messages", async (session) => {
        await this.#giveUpForeign(session);
        const isHeld = new Set(Array.from(this.#held.values(), ({ shard }) => shard.index));
        const left = (before ?? []).filter((shard) => !shards.includes(shard) && !isHeld.has(shard));
        await Promise.all(left.map((shard) => this.#sessions.leave(shard)));
        await Promise.all(added.map((shard) => this.#sessions.takeOver(shard)));
      });
      this.#receiveOnly(shards);
    } catch (error) {
      this.#owned = before;
      throw error;
    }
  }

  reserve(owner: string): Promise<number> {
    return this.#call("be kept for one worker", ({ manager }) => this.#reservation.take(manager, owner));
  }

  /** What is asked of the server until now is not what we want any more. */
  #receiveOnly(shards: readonly number[]): void {
    this.#owned = [...shards];
    this.#turn.abort();
    this.#turn = new AbortController();
  }

  async receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    this.#assertOpen();
    if (signal.aborted) return [];
    const receiving = this.#receive(max, AbortSignal.any([signal, this.#ending.signal]));
    this.#receiving.add(receiving);
    try {
      return await receiving;
    } catch (error) {
      if (this.#closed !== undefined) return [];
      throw unavailable("hand out messages", error);
    } finally {
      this.#receiving.delete(receiving);
    }
  }

  async ack(deliveries: readonly Delivery[]): Promise<void> {
    const held = this.#heldOf(deliveries);
    const fresh = (): Promise<Session> => {
      this.#sessions.forget();
      return this.#sessions.get();
    };
    await this.#call("forget messages", (session) => acknowledge(session, this.#name, held, fresh));
    this.#release(held);
  }

  async retry(delivery: Delivery, { delayMs, attempt }: RetryOptions): Promise<void> {
    this.#assertOpen();
    const held = this.#held.get(delivery.receipt);
    if (held === undefined) return;
    if (attempt === held.delivery.attempt && this.#owned?.includes(held.shard.index) === true) {
      // Nobody else may have it, so it need not leave: it keeps its place, and nobody counts.
      this.#release([held]);
      this.#buffer.add(held, delayMs);
      return;
    }
    await this.#call("take a message back", async (session) => {
      await note(session, held, attempt, delayMs);
      await giveBack(session, [held], delayMs);
    });
    this.#release([held]);
  }

  async extend(deliveries: readonly Delivery[]): Promise<void> {
    const held = this.#heldOf(deliveries);
    await this.#call("extend leases", (session) => extendLeases(session, held));
  }

  depth(): Promise<QueueDepth> {
    return this.#call("count messages", async ({ manager }) => {
      const { state, ts } = await manager.streams.info(this.#name);
      const now = ts === undefined ? Date.now() : Date.parse(ts);
      const oldestAgeMs = state.messages === 0 ? 0 : Math.max(0, now - Date.parse(state.first_ts));
      return { messages: state.messages, oldestAgeMs };
    });
  }

  report(): Promise<EngineReport> {
    return this.#call("tell what it is", async ({ connection, manager }) => {
      const { version = "", max_payload: maxPayload = 0 } = connection.info ?? {};
      const replicas = copiesOf(await manager.streams.info(this.#name));
      return natsReport({ version, maxPayload, replicas });
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#ending.abort();
    await Promise.allSettled(this.#receiving);
    if (this.#link.isUp) await within(this.#leave(), 2_000).catch(() => undefined);
    await this.#link.close();
  }

  async #leave(): Promise<void> {
    const session = await this.#sessions.get();
    const unseen = this.#buffer.remove();
    await Promise.all(unseen.map((held) => note(session, held, held.delivery.attempt, 0)));
    await giveBack(session, [...unseen, ...this.#held.values()]);
    await Promise.all((this.#owned ?? []).map((shard) => this.#sessions.leave(shard)));
    await this.#reservation.leave(session.manager);
  }

  async #receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const until = performance.now() + waitMs;
    while (!signal.aborted) {
      const session = await within(this.#sessions.get());
      const owned = this.#owned;
      const options = { stream: this.#name, signal: AbortSignal.any([signal, this.#turn.signal]) };
      const isStale = await this.#fetch(session, max, owned, options);
      const fetched = await this.#take(session, max);
      if (fetched.length > 0 || until <= performance.now()) return fetched;
      const leftMs = Math.min(until - performance.now(), this.#buffer.nextMs());
      if (isStale || (await this.#wait(session, owned, { ...options, leftMs }))) {
        this.#sessions.forget();
        await sleep(restMs, signal);
      }
      const waited = await this.#take(session, max);
      if (waited.length > 0) return waited;
    }
    return [];
  }

  async #fetch(
    session: Session,
    max: number,
    owned: readonly number[] | undefined,
    options: Omit<PullOptions, "inbox">,
  ): Promise<boolean> {
    const inbox = this.#client.createInbox();
    return this.#receiver.fetch(session, max - this.#buffer.ready(), owned, { ...options, inbox });
  }

  async #wait(
    session: Session,
    owned: readonly number[] | undefined,
    { leftMs, ...options }: Omit<PullOptions, "inbox"> & { readonly leftMs: number },
  ): Promise<boolean> {
    if (owned?.length === 0) {
      await sleep(leftMs, options.signal);
      return false;
    }
    const inbox = this.#client.createInbox();
    return this.#receiver.wait(session, owned, { ...options, inbox, waitMs: Math.max(1, leftMs) });
  }

  async #take(session: Session, max: number): Promise<readonly Delivery[]> {
    if (this.#owned !== undefined) await this.#giveUpForeign(session);
    // What comes when all is over goes back with the rest.
    if (this.#closed !== undefined) return [];
    const deliveries = this.#buffer.take(max).map((held) => {
      this.#held.set(held.delivery.receipt, held);
      return held.delivery;
    });
    if (this.#owned === undefined) await this.#giveUpForeign(session);
    return deliveries;
  }

  /** Gives back what others may want: all that is not owned. */
  #giveUpForeign(session: Session): Promise<void> {
    const foreign = this.#buffer.remove(({ shard }) => this.#owned?.includes(shard.index) !== true);
    return giveBackUnseen(session, foreign);
  }

  /** Not what was handed out anew before the answer to the last hand-out had arrived. */
  #release(all: readonly Held[]): void {
    for (const held of all) {
      const { receipt } = held.delivery;
      if (this.#held.get(receipt) === held) this.#held.delete(receipt);
    }
  }

  #heldOf(deliveries: readonly Delivery[]): readonly Held[] {
    return deliveries.flatMap(({ receipt }) => this.#held.get(receipt) ?? []);
  }

  /** What waits in this process must not look as if nobody had it. */
  async #keepLeases(): Promise<void> {
    const kept = this.#buffer.all();
    if (kept.length === 0 || !this.#link.isUp) return;
    await this.#sessions
      .get()
      .then((session) => extendLeases(session, kept))
      .catch(() => undefined);
  }

  async #call<T>(what: string, act: (session: Session) => Promise<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await within(this.#again(act));
    } catch (error) {
      if (this.#closed !== undefined) throw new ClosedError("queue");
      throw unavailable(what, error);
    }
  }

  /** Once more if something of the topology is gone, for then it is made anew. */
  async #again<T>(act: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await act(await this.#sessions.get());
    } catch (error) {
      if (!isGone(error)) throw error;
      this.#sessions.forget();
      return act(await this.#sessions.get());
    }
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new ClosedError("queue");
  }
}

function parsed(client: NatsClient, text: string): EngineUrl {
  const wrong = (error: unknown): ConfigError =>
    new ConfigError([`HOOKWELL_QUEUE (--queue) ${error instanceof Error ? error.message : String(error)}`]);
  try {
    const url = parseEngineUrl(text);
    const replicas = url.keys.get("replicas") ?? "1";
    if (!/^[1-5]$/.test(replicas)) throw new RangeError("has a ?replicas= that is not 1 to 5");
    connectionOptions(client, url);
    return url;
  } catch (error) {
    throw wrong(error);
  }
}
