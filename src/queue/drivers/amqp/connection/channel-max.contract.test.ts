import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { ownAmqpServer, timeout } from "../../../../../test/support/servers/amqp-own-server.ts";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { collect, messageOf, ownAll, textsOf } from "../../../../testing/queue-driver/harness.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";

const isThere = await answers("amqp");
const own = ownAmqpServer(isThere);

/** How many channels the server gives a connection that begins now. */
const setChannelMax = (most: number): Promise<string> =>
  own.server.control("eval", `application:set_env(rabbit, channel_max, ${most}).`);

test.skipIf(!isThere)(
  "a receiver needs few channels of its connections, and is slower with few",
  { timeout },
  () =>
    own.onServer(async () => {
      await setChannelMax(2);

      const receiver = await own.open();

      await receiver.send([messageOf("taken")]);
      expect((await receiver.depth()).messages).toBe(1);
      await receiver.close();
    }),
);

test.skipIf(!isThere)(
  "a worker that is given too few channels says what to set, and goes on then",
  { timeout },
  () =>
    own.onServer(async () => {
      const { log, lines } = recordedLog();
      await setChannelMax(16);
      const worker = await own.open("", log);
      await worker.send([messageOf("there")]);

      const tooFew = /no more than 16 channels: set channel_max .* to 25 or more/;
      await eventually(() => assert.rejects(ownAll(worker), { message: tooFew }), 10_000);
      expect(lines.map(({ fields }) => fields["error"])).toContainEqual(expect.stringMatching(tooFew));

      await setChannelMax(25);
      await own.server.control("close_all_connections", "for a test");
      await eventually(() => ownAll(worker), 20_000);
      expect(await worker.reserve({ name: "a history", isShared: false })).toBe(30_000);
      expect(textsOf(await collect(worker, 1))).toEqual(["there"]);
      await worker.close();
    }),
);
