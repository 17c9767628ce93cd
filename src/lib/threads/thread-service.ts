import { parentPort, receiveMessageOnPort } from "node:worker_threads";
import { pack, unpack } from "./spans.ts";
import type { CallOf, ServiceAnswer, ServiceCall } from "./thread-calls.ts";
import type { AnswerBatch, CallBatch } from "./thread-client.ts";

export interface ThreadOptions {
  /**
   * True to run everything that has arrived meanwhile as one batch, for a service whose calls gain by sharing a flush.
   */
  readonly gather: boolean;
  /** Lets go of all that is open, before the last batch is answered. */
  readonly close: () => void;
}

/**
 * Answers the batches of a `ThreadClient`: `run` gets the calls of a batch and gives an answer for each, in order. The
 * batch with a call of `close` is the last one.
 */
export function serveThread<C>(
  run: (calls: readonly CallOf<C>[]) => readonly ServiceAnswer[],
  { gather, close }: ThreadOptions,
): void {
  const port = parentPort;
  if (port === null) throw new Error("This module runs in a worker thread only.");
  port.on("message", (first: CallBatch) => {
    const calls = callsOf(first);
    for (let next = gather && receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      for (const call of callsOf(next.message as CallBatch)) calls.push(call);
    }
    // The caller is held to the same interface.
    const answers = run(calls as unknown as readonly CallOf<C>[]);
    const isLast = calls.some(({ method }) => method === "close");
    if (isLast) close();
    reply(answers);
    if (isLast) port.close();
  });

  function reply(answers: readonly ServiceAnswer[]): void {
    const packed = pack(answers.flatMap((answer) => ("error" in answer ? [] : (answer.bytes ?? []))));
    const failures = new Map<number, string>();
    for (const [index, answer] of answers.entries()) if ("error" in answer) failures.set(index, answer.error);
    const batch: AnswerBatch = {
      values: answers.map((answer) => ("error" in answer ? undefined : answer.value)),
      parts: answers.map((answer) => ("error" in answer ? 0 : (answer.bytes?.length ?? 0))),
      failures,
      packed,
    };
    port?.postMessage(batch, [packed.bytes.buffer]);
  }
}

function callsOf({ methods, args, parts, packed }: CallBatch): ServiceCall[] {
  const bytes = unpack(packed);
  let at = 0;
  return methods.map((method, index) => {
    const from = at;
    at += parts[index] ?? 0;
    return { method, arg: args[index], bytes: bytes.slice(from, at) };
  });
}
