import { mostSpecific } from "../event/pattern.ts";
import type { EventPattern } from "../event/names.ts";
import type { HookwellEvent } from "../event/typed-event.ts";
import type { Transaction } from "../ledger/transaction.ts";
import type { Log } from "../log.ts";

/** What a handler gets in addition to the event. */
export interface HandlerContext {
  /**
   * Aborts when the deadline has passed, when Hookwell, told to stop, has waited 6 s for the handler, or when another
   * worker has taken over the event: give up then, the event will be tried again.
   */
  readonly signal: AbortSignal;
  /**
   * 1 for the first run. Every run counts, and so does every time that the event was handed out again after a crash, so
   * it can exceed `maxAttempts`.
   */
  readonly attempt: number;
  /** Writes to Hookwell's log. Never log a payload. */
  readonly log: Log;
  /**
   * The transaction that also marks this event as handled, for rows of your own: either both are committed or neither
   * is, even if a process crashes, so what you write in it happens exactly once. Needs the ledger in PostgreSQL.
   *
   * @throws {ConfigError} with another ledger
   *
   * @example
   * ```ts
   * "message.delivered": async (event, ctx) => {
   *   const tx = await ctx.tx();
   *   await tx.query("update orders set delivered = delivered + 1 where message = $1", [event.entity]);
   * },
   * ```
   */
  readonly tx: () => Promise<Transaction>;
}

/**
 * Your function for an event name or a pattern. The event is handled when the function returns, or when the promise
 * that it returns resolves. If it throws, rejects, or is not done at the deadline, the event is tried again later; after
 * a `NonRetryableError` it is not. After a crash the function may run twice for one event: use `event.eventId` to
 * make it idempotent.
 */
export type Handler<Pattern extends string = string> = {
  // Written as a method, whose parameters TypeScript compares less strictly: so a handler of one name fits into a table
  // for all.
  handle(event: HookwellEvent<Pattern>, context: HandlerContext): unknown;
}["handle"];

/**
 * Event name or pattern → handler; the most specific pattern wins. For a table that is written apart from the options:
 * the handler of a known name gets its payload type.
 */
export type Handlers = { readonly [Pattern in EventPattern]?: Handler<Pattern> };

/** Finds the handler of each event. */
export class HandlerTable {
  readonly #handlers: Handlers;
  readonly #patterns: readonly string[];
  readonly #byName = new Map<string, Handler | undefined>();

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
    this.#patterns = Object.keys(handlers);
  }

  /** The handler of a name; undefined if no pattern covers it. */
  find(name: string): Handler | undefined {
    if (this.#byName.has(name)) return this.#byName.get(name);
    const pattern = mostSpecific(this.#patterns, name);
    const handler = pattern === undefined ? undefined : this.#handlers[pattern];
    // Names come from outside, so the memory of them is bounded.
    if (this.#byName.size < 1_000) this.#byName.set(name, handler);
    return handler;
  }
}
