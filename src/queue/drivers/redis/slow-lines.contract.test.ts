import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { twoWorkers } from "../../../../test/support/drivers/redis-harness.ts";
import { QueueUnavailableError } from "../../../errors.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, never, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";

const isThere = await answers("redis");

test.skipIf(!isThere).concurrent.for([3_300, 4_000])(
  "a worker that gets its answers %i ms late gets what waits",
  { timeout: 60_000 },
  async (delayMs) => {
    await using two = await twoWorkers();
    const [slow, other] = two.workers;
    await ownAll(slow);
    await slow.receive(10, never);

    two.line.slowDown(delayMs);
    // The answers to these are late, too.
    for (let times = 0; times < 5; times += 1) expect(await slow.receive(10, never)).toEqual([]);
    await other.send(messages("message", 3));

    const deliveries = await collect(slow, 3, { withinMs: 15_000 });
    expect(textsOf(deliveries)).toEqual(["message 0", "message 1", "message 2"]);
  },
);

test
  .skipIf(!isThere)
  .concurrent(
    "a worker whose questions come too late hears of it, and goes on when they are in time",
    { timeout: 60_000 },
    async () => {
      await using two = await twoWorkers();
      const [slow, other] = two.workers;
      await ownAll(slow);
      await slow.receive(10, never);
      await other.send(messages("message", 1));

      two.line.slowDown(3_500, "near end");

      const refusal = await eventually(async () => {
        const error: unknown = await slow.receive(10, never).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(QueueUnavailableError);
        return error;
      }, 20_000);
      expect(String(refusal)).toContain("too slow");
      two.line.slowDown(0, "near end");
      const deliveries = await eventually(() => collect(slow, 1), 20_000);
      expect(deliveries.map(({ attempt }) => attempt)).toEqual([1]);
    },
  );
