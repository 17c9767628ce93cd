import { within } from "../lib/within.ts";

/** How a question to a part ended. */
export type Reply<T> =
  | { readonly kind: "done"; readonly value: T }
  /** It failed. */
  | { readonly kind: "failed" }
  /** It has not answered in time. The question goes on, but nobody waits for its answer. */
  | { readonly kind: "late" };

/** How a question ends, if it does within this many ms. */
export async function replyWithin<T>(ms: number, question: Promise<T>): Promise<Reply<T>> {
  const reply = question.then(
    (value): Reply<T> => ({ kind: "done", value }),
    (): Reply<T> => ({ kind: "failed" }),
  );
  return (await within(ms, reply)) ?? { kind: "late" };
}
