import { parentPort } from "node:worker_threads";
import { pack, unpack } from "./spans.ts";
import type { ThreadBatch, ThreadCall, ThreadResult } from "./thread-client.ts";

/** A call as the service sees it. */
export interface ServiceCall {
  readonly method: string;
  readonly arg: unknown;
  readonly bytes: readonly Uint8Array[];
}

/** What the service answers to a call. */
export type ServiceAnswer =
  | { readonly value?: unknown; readonly bytes?: readonly Uint8Array[] }
  | { readonly error: string };

/**
 * Answers the batches of a `ThreadClient`: `run` gets the calls of a batch and gives an answer for each, in order.
 *
 * @returns ends the thread after the answers to the batch at hand
 */
export function serveThread(run: (calls: readonly ServiceCall[]) => readonly ServiceAnswer[]): () => void {
  const port = parentPort;
  if (port === null) throw new Error("This module runs in a worker thread only.");
  port.on("message", ({ items, packed }: ThreadBatch<ThreadCall>) => {
    const parts = unpack(packed);
    let at = 0;
    const calls = items.map(({ method, arg, parts: count }) => {
      at += count;
      return { method, arg, bytes: parts.slice(at - count, at) };
    });
    reply(run(calls));
    if (stopping) port.close();
  });
  let stopping = false;
  return () => {
    stopping = true;
  };

  function reply(answers: readonly ServiceAnswer[]): void {
    const bytes = pack(answers.flatMap((answer) => ("error" in answer ? [] : (answer.bytes ?? []))));
    const items: ThreadResult[] = answers.map((answer) =>
      "error" in answer
        ? { parts: 0, error: answer.error }
        : { parts: answer.bytes?.length ?? 0, value: answer.value },
    );
    const batch: ThreadBatch<ThreadResult> = { items, packed: bytes };
    port?.postMessage(batch, [bytes.bytes.buffer]);
  }
}
