import { opened } from "../../../src/testing/queue-driver/harness.ts";
import type { TestApi } from "./api.ts";

/** Handles all that waits in the queue of a test's API, as a worker does. */
export async function settledBy({ parts: { queue, ledger } }: Pick<TestApi, "parts">): Promise<void> {
  await queue.own([0]);
  while ((await queue.depth()).messages > 0) {
    for (const delivery of await queue.receive(100, AbortSignal.timeout(1_000))) {
      const message = opened(delivery);
      const [verdict] = await ledger.admit([message]);
      if (verdict?.kind === "fresh") {
        const [startedAt, endedAt] = [message.receivedAt, message.receivedAt + 12];
        const { conflict } = verdict;
        await ledger.settle([{ message, outcome: { kind: "handled" }, conflict, startedAt, endedAt }]);
      }
      await queue.ack([delivery]);
    }
  }
}
