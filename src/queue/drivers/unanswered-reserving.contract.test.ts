import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { twoDrivers } from "../../../test/support/drivers/two-drivers.ts";
import { eventually } from "../../testing/eventually.ts";

// NATS is asked twice, and only the first answer could be lost here.
for (const engine of ["postgres", "amqp", "redis"] as const) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: a queue that was reserved in an answer that never came is free for another history once it is closed`,
    { timeout: 60_000 },
    async () => {
      await using two = await twoDrivers(engine);
      const [one, other] = two.drivers;

      two.proxy.loseAnswers();
      await expect(one.reserve({ name: "one", isShared: false })).rejects.toThrow();
      two.proxy.heal();
      await eventually(() => one.depth(), 20_000);
      await one.close();

      expect(await other.reserve({ name: "other", isShared: false })).toBeGreaterThan(0);
    },
  );
}
