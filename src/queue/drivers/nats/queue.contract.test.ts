import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { natsQueueHarness } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { runContract } from "../../../testing/contract.ts";
import { playQueue } from "../../../testing/queue-driver/steps.ts";
import type { QueuePlayHarness } from "../../../testing/queue-driver/random-play.ts";
import { queueDriverContract } from "../../../testing/queue-driver-contract.ts";

const isThere = await answers("nats");

// The usual server takes messages up to 1 MB with their headers, and the contract sends one of 1 MiB.
let server: NatsServer;
beforeAll(async () => {
  server = await NatsServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

runContract(test.skipIf(!isThere).concurrent, "nats queue", queueDriverContract, () =>
  natsQueueHarness(server.url),
);

describe.skipIf(!isThere)("by chance", () => {
  // It leaves in good order, since after a crash what was sent back as too early may count one attempt too many.
  test("the NATS queue does what the model does", { timeout: 120_000 }, async () => {
    const harness = async (): Promise<QueuePlayHarness> => ({
      ...(await natsQueueHarness(server.url)),
      kill: (driver) => driver.close(),
    });
    await expect(
      playQueue(fc, harness, { runs: 4, steps: 40, limitMs: 40_000, leaseMs: 600 }),
    ).resolves.toBeUndefined();
  });
});
