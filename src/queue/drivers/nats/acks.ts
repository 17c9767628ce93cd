import { Gather } from "../../../lib/gather.ts";
import type { Held } from "./held.ts";

/** Acknowledgements of one question; two of them are under way at once. */
const ackable = 200;

/**
 * Asks for few acknowledgements at a time. A server that flushes each of them takes some thousand a second, and what waits
 * behind too many looks as if nobody answered.
 */
export class NatsAcks {
  readonly #gather: Gather<Held, Held>;

  /** @param acknowledge resolves when the server has forgotten these */
  constructor(acknowledge: (some: readonly Held[]) => Promise<void>) {
    this.#gather = new Gather((some: readonly Held[]) => acknowledge(some).then(() => some), {
      items: ackable,
    });
  }

  /** Resolves when the server has forgotten all of them; what it has forgotten counts, also if the rest fails. */
  async ask(all: readonly Held[]): Promise<void> {
    await Promise.all(all.map((held) => this.#gather.ask([held])));
  }
}
