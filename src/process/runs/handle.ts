import type { Message } from "../../event/message.ts";
import { toEvent } from "../../event/lazy-event.ts";
import type { Log } from "../../log.ts";
import { errorOf } from "./handler-error.ts";
import type { Handler, HandlerContext } from "../handlers.ts";
import { LateSignal } from "./late-signal.ts";

export interface HandleOptions {
  /** How long a handler may take, in ms. */
  readonly timeoutMs: number;
  /** Aborts when handlers that still run are not waited for any longer: at the end of a stop, or if others have their events. */
  readonly givingUp: AbortSignal;
  readonly log: Log;
}

/** How a handler ended: `undefined` if it did its work, else with what went wrong. */
export type HandleResult = { readonly error: Error } | undefined;

/**
 * Calls handlers under a deadline. When that has passed, the signal aborts and the attempt counts as failed, whatever
 * the handler goes on to do: a function cannot be stopped from outside. A handler that is done when it returns costs
 * neither a promise nor a timer.
 */
export class HandlerCalls {
  readonly #options: HandleOptions;
  readonly #running = new Set<LateSignal>();

  constructor(options: HandleOptions) {
    this.#options = options;
    const { givingUp } = options;
    givingUp.addEventListener("abort", () => {
      for (const signal of this.#running) signal.abort(givingUp.reason);
    });
  }

  call(
    handler: Handler,
    message: Message,
    { attempt, tx }: Pick<HandlerContext, "attempt" | "tx">,
  ): HandleResult | Promise<HandleResult> {
    let late: LateSignal | undefined;
    const context: HandlerContext = {
      get signal() {
        late ??= new LateSignal();
        return late.signal;
      },
      attempt,
      log: this.#options.log,
      tx,
    };
    try {
      const result = handler(toEvent(message), context);
      if (!isThenable(result)) return undefined;
      late ??= new LateSignal();
      return this.#watch(result, late);
    } catch (error) {
      return { error: errorOf(error) };
    }
  }

  async #watch(result: PromiseLike<unknown>, signal: LateSignal): Promise<HandleResult> {
    const { timeoutMs, givingUp } = this.#options;
    const expire = (): void => signal.abort(tooLate(timeoutMs));
    const timer = setTimeout(expire, timeoutMs);
    this.#running.add(signal);
    if (givingUp.aborted) signal.abort(givingUp.reason);
    try {
      await Promise.race([result, signal.aborted]);
      return undefined;
    } catch (error) {
      return { error: errorOf(error) };
    } finally {
      clearTimeout(timer);
      this.#running.delete(signal);
    }
  }
}

/** Named as the reason of `AbortSignal.timeout`, by which code tells it from others. */
const tooLate = (timeoutMs: number): Error =>
  Object.assign(new Error(`The handler was not done after ${timeoutMs} ms.`), { name: "TimeoutError" });

/** What `await` would wait for. Promises of some libraries are functions, so those are looked at too. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  const mayBe = (typeof value === "object" && value !== null) || typeof value === "function";
  return mayBe && "then" in value && typeof value.then === "function";
}
