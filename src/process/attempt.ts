import type { Message } from "../event/message.ts";
import type { Outcome } from "../ledger/driver.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Log } from "../log.ts";
import type { Delivery } from "../queue/driver.ts";
import type { Queue } from "../queue/queue.ts";
import { handle, type HandleResult } from "./handle.ts";
import type { HandlerTable } from "./handlers.ts";
import { persist } from "./persist.ts";
import type { Slots } from "./slots.ts";

/** What an attempt needs; the same for all. */
export interface AttemptContext {
  readonly queue: Queue;
  readonly ledger: Ledger;
  readonly handlers: HandlerTable;
  readonly slots: Slots;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  /** How long to wait after this attempt has failed, in ms. */
  readonly delayAfter: (attempt: number) => number;
  readonly now: () => number;
  readonly log: Log;
  /** For what all events meet alike, such as a full disk. */
  readonly trouble: Log;
  /** Aborted: begin nothing new. */
  readonly stopping: AbortSignal;
  /** Aborted: leave what is not done. */
  readonly givingUp: AbortSignal;
  readonly onAttempt?: (outcome: Outcome["kind"], seconds: number) => void;
}

/**
 * One event, once: may it be handled, run the handler, write down how it ended, answer the queue; in this order, so
 * that a crash between any two of them makes the queue hand it out again. Never rejects.
 */
export async function attemptOne(
  context: AttemptContext,
  delivery: Delivery,
  message: Message,
): Promise<void> {
  const { queue, ledger, log, trouble, stopping, givingUp } = context;
  if (stopping.aborted) return;
  const verdict = await persist(
    () => ledger.admit([message]).then(([first]) => first),
    "ledger.admit_failed",
    trouble,
    givingUp,
  );
  if (verdict === undefined) return;
  if (verdict.kind !== "fresh") {
    log.debug(`event.${verdict.kind}`, { eventId: message.eventId });
    await persist(() => queue.ack([delivery]), "queue.ack_failed", trouble, givingUp);
    return;
  }
  const run = await context.slots.run(() => runHandler(context, delivery, message));
  if (run === undefined) return;
  const { startedAt, endedAt, outcome } = run;
  const settlement = { message, outcome, conflict: verdict.conflict, startedAt, endedAt };
  const settled = await persist(
    () => ledger.settle([settlement]).then(() => true),
    "ledger.settle_failed",
    trouble,
    givingUp,
  );
  if (settled === undefined) return;
  await answerQueue(context, delivery, message, outcome);
}

interface Run {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
}

/** Undefined if Hookwell stops and the handler did not finish. */
async function runHandler(
  context: AttemptContext,
  delivery: Delivery,
  message: Message,
): Promise<Run | undefined> {
  const { handlers, timeoutMs, log, now, stopping, givingUp, onAttempt } = context;
  if (stopping.aborted) return undefined;
  const handler = handlers.find(message.name);
  const startedAt = now();
  const { attempt } = delivery;
  const result =
    handler === undefined
      ? undefined
      : await handle(handler, message, { attempt, timeoutMs, stopping: givingUp, log });
  const endedAt = now();
  if (result !== undefined && givingUp.aborted) return undefined;
  const outcome = judge(result, attempt, context.maxAttempts);
  onAttempt?.(outcome.kind, (endedAt - startedAt) / 1_000);
  return { startedAt, endedAt, outcome };
}

function judge(result: HandleResult, attempt: number, maxAttempts: number): Outcome {
  if (result === undefined) return { kind: "handled" };
  const error = textOf(result.error).slice(0, 4_000);
  return { kind: attempt >= maxAttempts ? "dead" : "retry", error };
}

/** Handlers throw anything, even errors that throw when they are read; those must not end the process. */
function textOf(error: Error): string {
  try {
    return `${error.name}: ${error.message}`;
  } catch {
    return "The handler threw an error that cannot be read.";
  }
}

async function answerQueue(
  { queue, log, trouble, delayAfter, givingUp }: AttemptContext,
  delivery: Delivery,
  { eventId, name }: Message,
  outcome: Outcome,
): Promise<void> {
  const { attempt } = delivery;
  if (outcome.kind === "retry") {
    const delayMs = delayAfter(attempt);
    log.warn("event.failed", { eventId, name, attempt, retryInMs: delayMs });
    const again = (): Promise<void> => queue.retry(delivery, { delayMs, attempt: attempt + 1 });
    await persist(again, "queue.retry_failed", trouble, givingUp);
    return;
  }
  if (outcome.kind === "dead") log.error("event.dead", { eventId, name, attempt });
  else log.debug("event.handled", { eventId, name, attempt });
  await persist(() => queue.ack([delivery]), "queue.ack_failed", trouble, givingUp);
}
