import { expect, test } from "vitest";
import * as fc from "fast-check";
import { answers } from "../../../../test/support/servers/engines.ts";
import { postgresQueueHarness } from "../../../../test/support/drivers/postgres-harness.ts";
import { runContract } from "../../../testing/contract.ts";
import { playQueue } from "../../../testing/queue-driver/steps.ts";
import { queueDriverContract } from "../../../testing/queue-driver-contract.ts";

const isThere = await answers("postgres");

runContract(test.skipIf(!isThere).concurrent, "postgres queue", queueDriverContract, postgresQueueHarness);

test.skipIf(!isThere)("the postgres queue does what the model does", { timeout: 60_000 }, async () => {
  await expect(
    playQueue(fc, postgresQueueHarness, {
      runs: 3,
      steps: 40,
      limitMs: 40_000,
      leaseMs: 500,
    }),
  ).resolves.toBeUndefined();
});
