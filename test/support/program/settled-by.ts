import type { TestApi } from "./api.ts";

/** Handles all that waits in the queue of a test's API, as a worker does. */
export async function settledBy({ parts, queued }: Pick<TestApi, "parts" | "queued">): Promise<void> {
  for (const message of await queued()) {
    const [verdict] = await parts.ledger.admit([message]);
    if (verdict?.kind !== "fresh") continue;
    const [startedAt, endedAt] = [message.receivedAt, message.receivedAt + 12];
    const { conflict } = verdict;
    await parts.ledger.settle([{ message, outcome: { kind: "handled" }, conflict, startedAt, endedAt }]);
  }
}
