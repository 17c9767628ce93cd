/**
 * For a handler to throw if no later attempt can succeed either: the event becomes a dead letter at once, whatever
 * `maxAttempts` is. A dead letter can be replayed, as any can.
 *
 * @example
 * ```ts
 * "message.failed": async (event, { signal }) => {
 *   const answer = await fetch("https://shop.example.com/failed", { method: "POST", body: event.text, signal });
 *   if (answer.status === 404) throw new NonRetryableError("the shop does not know this message");
 *   if (!answer.ok) throw new Error(`the shop answered ${answer.status}`);
 * },
 * ```
 */
export class NonRetryableError extends Error {
  override name = "NonRetryableError";
}

/** Also by name: the error may come from another copy of the package. */
export function isNonRetryable(error: Error): boolean {
  try {
    return error instanceof NonRetryableError || error.name === "NonRetryableError";
  } catch {
    // Handlers throw even what throws when it is looked at.
    return false;
  }
}
