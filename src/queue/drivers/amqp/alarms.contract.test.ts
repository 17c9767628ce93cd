import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { withClient } from "../../../../test/support/drivers/amqp-harness.ts";
import { ownAmqpServer, timeout } from "../../../../test/support/servers/amqp-own-server.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import { collect, messageOf, messages, owned } from "../../../testing/queue-driver/harness.ts";

const isThere = await answers("amqp");
const unavailable = { name: "QueueUnavailableError" };
const own = ownAmqpServer(isThere);
const { onServer, open } = own;

/** Runs this while the server is short of memory. */
async function shortOfMemory<T>(run: () => Promise<T>): Promise<T> {
  await own.server.control("set_vm_memory_high_watermark", "absolute", "1MB");
  try {
    return await run();
  } finally {
    await own.server.control("set_vm_memory_high_watermark", "0.6");
  }
}

test.skipIf(!isThere)(
  "rejects while the server is short of memory, but gives out what is there",
  { timeout },
  () =>
    onServer(async () => {
      const driver = await owned(open());
      await driver.send(messages("message", 3));
      await shortOfMemory(async () => {
        await sleep(200);
        for (const text of ["refused", "refused too"]) {
          const { ms } = await timed(() => assert.rejects(driver.send([messageOf(text)]), unavailable));
          expect(ms).toBeLessThan(7_900);
        }
        await driver.ack(await collect(driver, 3));
        expect((await driver.depth()).messages).toBeLessThanOrEqual(1);
        await driver.own([]);
      });
      await eventually(() => driver.send([messageOf("after")]), 20_000);
      await driver.close();
    }),
);

test.skipIf(!isThere)(
  "says that the server is short of memory, also of what was sent before that was known",
  { timeout },
  () =>
    onServer(async () => {
      const driver = await shortOfMemory(async () => {
        const driver = await open();
        const short = { message: /more room \(low on memory\)[.] .*alarms/, takesNothing: true };
        await assert.rejects(driver.send([messageOf("first")]), short);
        await assert.rejects(driver.send([messageOf("second")]), short);
        return driver;
      });
      await eventually(() => driver.send([messageOf("after")]), 20_000);
      await driver.close();
    }),
);

test.skipIf(!isThere)("tells whoever asks what the server is that it is short of memory", { timeout }, () =>
  onServer(async () => {
    const driver = await open();
    expect((await driver.report()).warnings).toEqual([]);

    await shortOfMemory(async () => {
      expect((await driver.report()).warnings).toEqual([
        expect.stringMatching(/more room \(low on memory\)[.] [A-Z].*alarms/),
      ]);
      const { ms, value } = await timed(() => driver.report());
      expect(value.warnings).toHaveLength(1);
      // It is known, so the server is not asked again, which would wait for an answer.
      expect(ms).toBeLessThan(900);
    });

    await eventually(async () => expect((await driver.report()).warnings).toEqual([]), 20_000);
    await driver.close();
  }),
);

test.skipIf(!isThere)(
  "says that more may wait while the server is short of memory, since nobody hears then what others hold",
  { timeout },
  () =>
    onServer(async () => {
      const [holder, looker] = [await owned(open()), await open()];
      await holder.send(messages("message", 3));
      await collect(holder, 3);

      await shortOfMemory(async () => {
        expect(await looker.depth()).toMatchObject({ isAway: true });
      });

      const counted = { messages: 3, oldestAgeMs: expect.any(Number) };
      await eventually(async () => expect(await looker.depth()).toEqual(counted), 20_000);
      await Promise.all([holder.close(), looker.close()]);
    }),
);

test.skipIf(!isThere)("goes on after it lost a queue while the server was short of memory", { timeout }, () =>
  onServer(async ({ names }) => {
    const driver = await open();
    await shortOfMemory(async () => {
      const short = { message: /until it has more room/, takesNothing: true };
      await eventually(() => assert.rejects(driver.send([messageOf("refused")]), short), 20_000);
      await withClient(own.server.url, (client) => client.queueDelete(names.members));
      const lost = /a queue was deleted/;
      await eventually(() => assert.rejects(driver.send([messageOf("refused")]), lost), 20_000);
    });

    await eventually(() => driver.send([messageOf("after")]), 20_000);

    await driver.close();
  }),
);
