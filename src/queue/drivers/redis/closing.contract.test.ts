import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { twoWorkers } from "../../../../test/support/drivers/redis-harness.ts";
import { collect, messages, ownAll } from "../../../testing/queue-driver/harness.ts";

test.skipIf(!(await answers("redis")))(
  "the queue is free for another history when it is closed, also if the server is slow to take back what was held",
  async () => {
    await using two = await twoWorkers();
    const [one, other] = two.workers;
    await one.reserve({ name: "one", isShared: false });
    await ownAll(one);
    await other.send(messages("message", 1));
    await collect(one, 1);
    two.line.slowDown(3_000);

    await one.close();

    expect(await other.reserve({ name: "other", isShared: false })).toBeGreaterThan(0);
  },
);
