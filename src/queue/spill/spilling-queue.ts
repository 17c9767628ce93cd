import { ClosedError, EventsRefusedError, EventTooLargeError } from "../../errors.ts";
import { encodeMessages, type Message } from "../../event/message.ts";
import { laneOf, shardOf } from "../../event/shard.ts";
import { doAll } from "../../lib/async/do-all.ts";
import { within } from "../../lib/async/within.ts";
import { errorFields, type Log } from "../../log.ts";
import type { QueueDepth, QueueDriver, QueueInlet } from "../driver.ts";
import { Forwarder } from "./forwarder.ts";
import { Line } from "./line.ts";
import { takesNothing } from "./setbacks.ts";
import type { SpillSlot } from "./slot.ts";
import type { SpillPlace } from "./store.ts";

/** How long the engine may take to count, in ms; whoever asks whether we are ready waits little longer. */
const countMs = 1_000;
/**
 * How long what comes is held back at most, in ms: an engine may then take 5 s to fail, and a receiver gives up storing
 * after 8 s.
 */
const heldBackMs = 2_000;
/** How long a disk that did not take something counts as full, in ms. */
const fullMs = 5_000;

export interface SpillParts {
  readonly engine: QueueDriver;
  /** Where messages wait on this machine's disk. */
  readonly slot: SpillSlot;
  readonly log: Log;
}

/**
 * An engine with a file on this machine's disk beside it: what the engine does not take now is kept there, flushed to
 * the disk, and forwarded in order of arrival when it does. No message overtakes another of its shard that waits there.
 * What the engine will never take is not kept: its sender is told.
 */
export class SpillingQueue implements QueueInlet {
  readonly #engine: QueueDriver;
  readonly #slot: SpillSlot;
  readonly #log: Log;
  readonly #line: Line;
  readonly #forwarder: Forwarder;
  /** True while something waits and the log has said so. */
  #isTold: boolean;
  /** Why and when the disk did not take what came last; undefined if it took it. */
  #full: { readonly error: unknown; readonly at: number } | undefined;
  #closed: Promise<void> | undefined;

  private constructor({ engine, slot, log }: SpillParts, isWaiting: boolean) {
    this.#engine = engine;
    this.#slot = slot;
    this.#log = log;
    this.#isTold = isWaiting;
    this.#line = new Line(engine.shards, isWaiting);
    const onEmpty = (): void => this.#tellEmpty();
    this.#forwarder = new Forwarder({ engine, slot, line: this.#line, log, onEmpty });
  }

  /** What earlier processes left on the disk is forwarded from now on. */
  static async open(parts: SpillParts): Promise<SpillingQueue> {
    const { messages } = await parts.slot.depth();
    return new SpillingQueue(parts, messages > 0);
  }

  async send(messages: readonly Message[]): Promise<void> {
    if (this.#line.isEmpty) return this.#pass(messages);
    const { waits, goes } = this.#sorted(messages);
    await Promise.all([this.#wait(waits), this.#pass(goes)]);
  }

  /**
   * While the engine does not tell, only what waits on this machine is counted.
   *
   * @throws {QueueUnavailableError} if neither of the two can take messages
   */
  async depth(): Promise<QueueDepth> {
    const there = await within(countMs, this.#engine.depth()).catch(() => undefined);
    // While nothing waits on the disk, an engine that works is not made unready by a disk that fails.
    const isEngineEnough = there !== undefined && this.#line.isEmpty;
    const stuck = { messages: this.#forwarder.damaged, oldestAgeMs: 0 };
    const here = isEngineEnough ? stuck : await this.#slot.depth();
    // After a while the disk no longer counts as full: only the next message can tell whether it has room again.
    const full = this.#full;
    if (there === undefined && full !== undefined && performance.now() - full.at < fullMs) throw full.error;
    return {
      messages: here.messages + (there?.messages ?? 0),
      oldestAgeMs: Math.max(here.oldestAgeMs, there?.oldestAgeMs ?? 0),
      spilled: here.messages,
      isAway: there === undefined || there.isAway === true,
    };
  }

  /** What waits on the disk stays there, and is forwarded after the next start. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const stopped = this.#forwarder.stop();
    await doAll([() => this.#engine.close(), () => stopped, () => this.#slot.close()]);
  }

  #sorted(messages: readonly Message[]): Record<"waits" | "goes", readonly Message[]> {
    const { waits = [], goes = [] } = Object.groupBy(messages, (message) =>
      this.#line.mustWait(shardOf(message, this.#engine.shards), laneOf(message)) ? "waits" : "goes",
    );
    return { waits, goes };
  }

  /** Keeps these behind what waits, unless that is gone in a moment. */
  async #wait(messages: readonly Message[]): Promise<void> {
    const { heldBack } = this.#line;
    if (messages.length === 0) return;
    if (heldBack === undefined) return this.#spill(messages);
    await within(heldBackMs, heldBack);
    const { waits, goes } = this.#sorted(messages);
    await Promise.all([this.#spill(waits), this.#pass(goes)]);
  }

  /** Hands these to the engine, and keeps what it does not take now. */
  async #pass(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      await this.#engine.send(messages);
    } catch (error) {
      // What is kept at a stop may be on a disk that goes with the machine; its sender repeats it.
      if (this.#closed !== undefined) throw new ClosedError("queue");
      if (error instanceof EventTooLargeError) throw error;
      const refused = error instanceof EventsRefusedError ? new Set(error.places) : undefined;
      if (refused === undefined || takesNothing(error)) this.#line.enterAll();
      await this.#spill(messages.filter((_, place) => refused?.has(place) ?? true));
      if (!this.#isTold) this.#log.warn("queue.spilling", errorFields(error));
      this.#isTold = true;
    }
  }

  async #spill(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const at = Date.now();
    const places = messages.map((message): SpillPlace => ({
      shard: shardOf(message, this.#engine.shards),
      lane: laneOf(message),
      at,
    }));
    this.#line.enter(places.map(({ shard }) => shard));
    try {
      await this.#slot.add(places, encodeMessages(messages));
      this.#full = undefined;
    } catch (error) {
      this.#full = { error, at: performance.now() };
      throw error;
    } finally {
      this.#forwarder.wake();
    }
  }

  #tellEmpty(): void {
    if (this.#isTold) this.#log.info("queue.spill_forwarded");
    this.#isTold = false;
  }
}
