import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { redisQueueHarness } from "../../../../test/support/drivers/redis-harness.ts";
import { runContract } from "../../../testing/contract.ts";
import { playQueue } from "../../../testing/queue-driver/steps.ts";
import { queueDriverContract } from "../../../testing/queue-driver-contract.ts";

const isThere = await answers("redis");

runContract(test.skipIf(!isThere).concurrent, "redis queue", queueDriverContract, redisQueueHarness);

/** MODEL_RUNS=100 plays a hundred times as much. */
const more = Number(process.env["MODEL_RUNS"] ?? 1);

describe.skipIf(!isThere)("in a random play", () => {
  test("the redis queue does what the model does", { timeout: 60_000 * more }, async () => {
    const options = { runs: 3 * more, steps: 40, limitMs: 30_000 * more, leaseMs: 300 };

    await expect(playQueue(fc, redisQueueHarness, options)).resolves.toBeUndefined();
  });
});
