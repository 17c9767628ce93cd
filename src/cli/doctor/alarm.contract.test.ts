import { expect, test } from "vitest";
import { ownAmqpServer, timeout } from "../../../test/support/servers/amqp-own-server.ts";
import { answers } from "../../../test/support/servers/engines.ts";
import { loadConfig } from "../../config/load-config.ts";
import { lookAtEngine } from "./engine-look.ts";

const isThere = await answers("amqp");
const own = ownAmqpServer(isThere);

test.skipIf(!isThere)(
  "a RabbitMQ with an alarm is told with what to do, also if workers cannot say then what they hold",
  { timeout },
  () =>
    own.onServer(async ({ url }) => {
      const worker = await own.open();
      const env = { HOOKWELL_QUEUE: url, HOOKWELL_LEDGER: "memory:" };
      const config = await loadConfig({ env, flags: {}, cwd: "/" });
      await own.server.control("set_vm_memory_high_watermark", "absolute", "1MB");

      const checks = await lookAtEngine("queue", config);

      expect(checks).toEqual([
        { level: "ok", topic: "Queue", says: expect.stringMatching(/^RabbitMQ \d/) },
        {
          level: "warn",
          topic: "Queue",
          says: "RabbitMQ takes no messages until it has more room (low on memory).",
          cure: expect.stringMatching(/^Give it more: .*alarms/),
        },
      ]);
      await own.server.control("set_vm_memory_high_watermark", "0.6");
      await worker.close();
    }),
);
