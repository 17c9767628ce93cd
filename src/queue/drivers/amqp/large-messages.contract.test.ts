import assert from "node:assert/strict";
import { describe, expect, test, vi } from "vitest";
import { ownAmqpServer, timeout } from "../../../../test/support/amqp-own-server.ts";
import { answers } from "../../../../test/support/engines.ts";
import { eventually } from "../../../testing/eventually.ts";
import {
  collect,
  messageOf,
  ownAll,
  owned,
  takeOne,
  textsOf,
} from "../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";

const isThere = await answers("amqp");

const own = ownAmqpServer(isThere);
const { onServer, open } = own;

describe.skipIf(!isThere)("where the server takes no large messages", () => {
  test("says which messages are too large, and from then on without losing its channel", { timeout }, () =>
    onServer(async () => {
      const [small, large] = [messageOf("small"), messageOf("x".repeat(5_000))];
      const tooLarge = { name: "EventTooLargeError", places: [1], message: /raise max_message_size/ };
      const driver = await owned(open());
      await own.server.control("eval", "persistent_term:put(max_message_size, 4000).");
      try {
        await eventually(() => driver.depth());
        await assert.rejects(driver.send([small, large]), tooLarge);
        await eventually(() => driver.send([messageOf("between")]), 20_000);
        await assert.rejects(driver.send([small, large]), tooLarge);
        await driver.send([messageOf("after")]);
      } finally {
        await own.server.control("eval", "persistent_term:put(max_message_size, 16777216).");
      }
      expect(textsOf(await collect(driver, 2)).at(-1)).toBeDefined();
      await driver.close();
    }),
  );

  test("keeps its channel when what is to be tried again is too large by now", { timeout }, () =>
    onServer(async () => {
      const { log, facts } = recordedLog();
      const driver = await owned(open("", log));
      await driver.send([messageOf("x".repeat(5_000))]);
      const delivery = await takeOne(driver);
      await own.server.control("eval", "persistent_term:put(max_message_size, 4000).");
      const again = (): Promise<void> => driver.retry(delivery, { delayMs: 0, attempt: 2 });
      try {
        await assert.rejects(again(), { message: /raise max_message_size/ });
        await eventually(() => driver.send([messageOf("between")]), 20_000);

        await assert.rejects(again(), { message: /raise max_message_size/ });

        await driver.send([messageOf("after")]);
        expect(facts()).toEqual(["queue.engine_lost", "queue.engine_back"]);
      } finally {
        await own.server.control("eval", "persistent_term:put(max_message_size, 16777216).");
      }
      await driver.close();
    }),
  );

  test(
    "asks again after a minute how large a message may be, also if the clock was set back",
    { timeout },
    () =>
      onServer(async () => {
        const large = messageOf("x".repeat(5_000));
        const driver = await open();
        await own.server.control("eval", "persistent_term:put(max_message_size, 4000).");
        try {
          await assert.rejects(driver.send([large]), { name: "EventTooLargeError" });
        } finally {
          await own.server.control("eval", "persistent_term:put(max_message_size, 16777216).");
        }
        await eventually(() => driver.send([messageOf("small")]), 20_000);
        const [clock, since] = [Date.now.bind(Date), performance.now.bind(performance)];
        vi.spyOn(Date, "now").mockImplementation(() => clock() - 3_600_000);
        vi.spyOn(performance, "now").mockImplementation(() => since() + 61_000);

        try {
          await driver.send([large]);
        } finally {
          vi.restoreAllMocks();
        }

        await driver.close();
      }),
  );
});

test.skipIf(!isThere)("keeps large events whole where the server takes smaller frames", { timeout }, () =>
  onServer(async () => {
    const text = Array.from({ length: 60_000 }, (_, index) => index).join(" ");
    await own.server.control("eval", "application:set_env(rabbit, frame_max, 65536).");
    try {
      const driver = await open();
      await ownAll(driver);

      await driver.send([messageOf(text), messageOf("small")]);

      expect(textsOf(await collect(driver, 2))).toEqual([text, "small"]);
      await driver.close();
    } finally {
      await own.server.control("eval", "application:set_env(rabbit, frame_max, 131072).");
    }
  }),
);
