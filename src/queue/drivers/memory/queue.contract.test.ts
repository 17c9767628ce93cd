import { test } from "vitest";
import { memoryQueueHarness } from "../../../../test/support/drivers/queue-harnesses.ts";
import { sharedShards } from "../../driver.ts";
import { runContract } from "../../../testing/contract.ts";
import { wallClock } from "../../../testing/play.ts";
import { queueDriverContract } from "../../../testing/queue-driver-contract.ts";

// Most cases only wait, so they may do it together.
runContract(test.concurrent, "memory queue", queueDriverContract, () => memoryQueueHarness(wallClock));
runContract(test.concurrent, "memory queue of 16 shards", queueDriverContract, () =>
  memoryQueueHarness(wallClock, sharedShards),
);
