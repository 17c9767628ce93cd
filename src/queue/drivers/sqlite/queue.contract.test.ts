import { test } from "vitest";
import { sqliteQueueHarness } from "../../../../test/support/drivers/queue-harnesses.ts";
import { runContract } from "../../../testing/contract.ts";
import { queueDriverContract } from "../../../testing/queue-driver-contract.ts";

runContract(test.concurrent, "sqlite queue", queueDriverContract, sqliteQueueHarness);
