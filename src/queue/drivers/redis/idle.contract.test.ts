import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { RedisServer } from "../../../../test/support/servers/redis-server.ts";
import { messages } from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openRedisQueue } from "./queue.ts";

test.skipIf(!(await answers("redis")))(
  "a connection that has nothing to do is kept where those are cut that are silent for 12 seconds",
  async () => {
    await using server = await RedisServer.start("--timeout", "12");
    const { log, facts } = recordedLog();
    await using closing = new AsyncDisposableStack();
    const queue = await openRedisQueue(server.url, { leaseMs: 30_000, log });
    closing.defer(() => queue.close());

    await sleep(15_000);

    expect(facts()).not.toContain("queue.engine_lost");
    await queue.send(messages("message", 1));
  },
);
