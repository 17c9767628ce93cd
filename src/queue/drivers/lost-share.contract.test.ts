import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { twoDrivers } from "../../../test/support/drivers/two-drivers.ts";
import { eventually } from "../../testing/eventually.ts";
import { collect, messages, never, ownAll, textsOf } from "../../testing/queue-driver/harness.ts";

for (const engine of ["postgres", "amqp", "redis", "nats"] as const) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: who was cut off and has lost its shards takes nothing of them when it is back and could not be told yet`,
    { timeout: 60_000 },
    async () => {
      await using two = await twoDrivers(engine);
      const [lost, next] = two.drivers;
      await ownAll(lost);
      await lost.receive(1, never);

      two.proxy.loseAnswers();
      // Some have nobody to tell.
      await lost.own([]).catch(() => undefined);
      await ownAll(next);
      await next.send(messages("message", 2));
      two.proxy.heal();
      await eventually(() => lost.depth(), 20_000);

      expect(await lost.receive(10, never)).toEqual([]);
      expect(await lost.receive(10, never)).toEqual([]);
      const deliveries = await collect(next, 2, { withinMs: 5_000 });
      expect(textsOf(deliveries)).toEqual(["message 0", "message 1"]);
      await next.ack(deliveries);
    },
  );
}
