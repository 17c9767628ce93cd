import { Gather } from "../../../../lib/async/gather.ts";
import type { Delivery, RetryOptions } from "../../../driver.ts";
import { acknowledge, extendLeases, giveBack, noteNext } from "./answers.ts";
import type { Held } from "./held.ts";
import { StillStored } from "./stored.ts";
import type { NatsIntake } from "../take/intake.ts";
import type { Session } from "../topology/session.ts";

/**
 * How many acknowledgements one call carries; two calls are under way at once. A server that flushes each
 * acknowledgement takes about a thousand a second, and a call that waits behind too many looks as if nobody answered.
 */
const ackable = 200;

/** Acts on the server, within a time limit. @throws {QueueUnavailableError} that says what it cannot do */
export type NatsCall = <T>(what: string, act: (session: Session) => Promise<T>) => Promise<T>;

/** What this consumer was handed and has not answered yet, and its answers. */
export class NatsHandedOut {
  readonly #call: NatsCall;
  readonly #intake: NatsIntake;
  readonly #acks = new Gather((some: readonly Held[]) => this.#acknowledge(some), { items: ackable });
  readonly #held = new Map<string, Held>();
  /** Leases of these must not be extended: the server would forget the delay, and wait for the end of the lease. */
  readonly #givenBack = new WeakSet<Held>();
  readonly #stored = new StillStored(() => this.all);

  constructor(call: NatsCall, intake: NatsIntake) {
    this.#call = call;
    this.#intake = intake;
  }

  add(all: readonly Held[]): void {
    for (const held of all) this.#held.set(held.receipt, held);
  }

  has(receipt: string): boolean {
    return this.#held.has(receipt);
  }

  get all(): readonly Held[] {
    return [...this.#held.values()];
  }

  /** Gives up everything, with all that waits in this process: all of it belongs to other consumers now. */
  async giveUp(session: Session): Promise<void> {
    const { all } = this;
    await this.#intake.giveUpForeign(session, [...all, ...this.#intake.unended]);
    // A server that is away does not hear of it, also if there is nothing to give back.
    await session.connection.flush();
    // What was handed out meanwhile is still to be answered.
    this.#release(all);
  }

  /** What the server has forgotten stays answered, even if the rest fails. */
  async ack(deliveries: readonly Delivery[]): Promise<void> {
    await Promise.all(this.#of(deliveries).map((held) => this.#acks.ask([held])));
  }

  async retry({ receipt, attempt: before }: Delivery, { delayMs, attempt }: RetryOptions): Promise<void> {
    const held = this.#held.get(receipt);
    if (held === undefined) return;
    // As the caller was handed it: if a shard was lost and regained, it may have been handed out again meanwhile.
    const isSeen = attempt !== before;
    if (!isSeen && this.#intake.owns(held)) {
      // Nobody else may have it, so it stays in this process: it keeps its place, and no attempt is counted.
      this.#release([held]);
      this.#intake.keep(held, delayMs);
      return;
    }
    await this.#call("take a message back", async (session) => {
      if ((await this.#stored.of(session, [held])).length === 0) return;
      await noteNext(session, held, isSeen ? { attempt, order: null, delayMs } : held);
      this.#givenBack.add(held);
      await giveBack(session, [held], delayMs);
    });
    this.#release([held]);
  }

  async extend(deliveries: readonly Delivery[]): Promise<void> {
    await this.#call("extend leases", async (session) => {
      const held = this.#of(deliveries).filter((each) => !this.#givenBack.has(each));
      await extendLeases(session, await this.#stored.of(session, held));
    });
  }

  async #acknowledge(held: readonly Held[]): Promise<readonly Held[]> {
    await this.#call("forget messages", async (session) =>
      acknowledge(session, await this.#stored.of(session, held)),
    );
    this.#release(held);
    return held;
  }

  /** Drops these, but not what was handed out anew before the answer to its last hand-out had arrived. */
  #release(all: readonly Held[]): void {
    for (const held of all) if (this.#held.get(held.receipt) === held) this.#held.delete(held.receipt);
  }

  #of(deliveries: readonly Delivery[]): readonly Held[] {
    return deliveries.flatMap(({ receipt }) => this.#held.get(receipt) ?? []);
  }
}
