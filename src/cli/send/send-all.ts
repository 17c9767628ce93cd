import { sleep } from "../../lib/async/sleep.ts";
import type { Poster } from "./post.ts";
import type { SendRequest } from "./requests.ts";
import type { Tally } from "./tally.ts";

export interface SendAllOptions {
  readonly poster: Poster;
  readonly tally: Tally;
  /** Requests on their way at the same time. */
  readonly concurrency: number;
  /** Events per second; undefined for as fast as possible. */
  readonly rate: number | undefined;
  /** Ends the sending; what is on its way is given up. */
  readonly signal: AbortSignal;
}

/**
 * Posts all requests, and counts the answers.
 *
 * @throws the error of the first request if nobody answers at all
 */
export async function sendAll(requests: Iterable<SendRequest>, options: SendAllOptions): Promise<void> {
  const { poster, tally, rate, signal } = options;
  const iterator = requests[Symbol.iterator]();
  const startedAt = performance.now();
  /** Resolves at the first answer, and when none can come any more. */
  const answered = Promise.withResolvers<void>();
  let planned = 0;
  /** Requests that wait for their time or their answer. */
  let underWay = 0;
  let broken: Error | undefined;

  const isNobodyThere = (): boolean => broken !== undefined && tally.statuses.size === 0;

  async function work(): Promise<void> {
    while (!signal.aborted) {
      // To go on where nobody answers would only hide the one reason; another request may still be answered.
      if (isNobodyThere() && underWay > 0) await answered.promise;
      if (isNobodyThere()) return;
      const next = iterator.next();
      if (next.done === true) return;
      const dueAt = rate === undefined ? 0 : startedAt + (planned / rate) * 1_000;
      planned += next.value.events;
      underWay += 1;
      await sleepUntil(dueAt, signal);
      if (!signal.aborted) await postOne(next.value);
      underWay -= 1;
      if (tally.statuses.size > 0 || underWay === 0) answered.resolve();
    }
  }

  async function postOne(request: SendRequest): Promise<void> {
    const sentAt = performance.now();
    const answer = await poster.post(request, signal);
    if (answer.kind === "error" && signal.aborted) return;
    if (answer.kind === "error") broken ??= answer.error;
    tally.add(answer, request.events, performance.now() - sentAt);
  }

  await Promise.all(Array.from({ length: options.concurrency }, work));
  if (isNobodyThere()) throw broken;
}

/** The longest that a timer can wait, in ms; one that is told to wait for longer does not wait at all. */
const longestMs = 2 ** 31 - 1;

async function sleepUntil(dueAt: number, signal: AbortSignal): Promise<void> {
  for (let wait = dueAt - performance.now(); wait > 0 && !signal.aborted; wait = dueAt - performance.now())
    await sleep(Math.min(wait, longestMs), signal);
}
