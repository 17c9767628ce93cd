import type { Message } from "../event/message.ts";
import { toEvent } from "../event/typed-event.ts";
import type { Log } from "../log.ts";
import type { Handler } from "./handlers.ts";

export interface HandleOptions {
  readonly attempt: number;
  /** How long the handler may take, in ms. */
  readonly timeoutMs: number;
  /** Aborts when Hookwell stops. */
  readonly stopping: AbortSignal;
  readonly log: Log;
}

/** A handler's end: `undefined` if it did its work, else what went wrong. */
export type HandleResult = { readonly error: Error } | undefined;

/**
 * Runs a handler under a deadline. When that has passed, the signal aborts and the attempt counts as failed, whatever
 * the handler goes on to do: a function cannot be stopped from outside.
 */
export async function handle(
  handler: Handler,
  message: Message,
  options: HandleOptions,
): Promise<HandleResult> {
  const { attempt, timeoutMs, stopping, log } = options;
  const deadline = new AbortController();
  const { signal } = deadline;
  const stop = (): void => deadline.abort(stopping.reason);
  stopping.addEventListener("abort", stop, { once: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    const result = handler(toEvent(message), { signal, attempt, log });
    if (!isThenable(result)) return undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      timer = setTimeout(
        () => deadline.abort(new Error(`The handler was not done after ${timeoutMs} ms.`)),
        timeoutMs,
      );
    });
    await Promise.race([result, expired]);
    return undefined;
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(describe(error)) };
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener("abort", stop);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function describe(thrown: unknown): string {
  return typeof thrown === "string" ? thrown : `The handler threw ${typeof thrown}.`;
}
