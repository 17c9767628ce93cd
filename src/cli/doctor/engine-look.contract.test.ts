import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { ownQueue } from "../../../test/support/servers/own-queue.ts";
import { lookAtEngine } from "./engine-look.ts";
import { configOf } from "../../../test/support/servers/engine-config.ts";

test.each(["redis", "amqp", "nats", "postgres"])(
  "%s: one that hangs up is told from one that is away",
  async (scheme) => {
    const server = createServer((socket) => socket.on("error", () => undefined).end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const where = `127.0.0.1:${(server.address() as AddressInfo).port}`;

    const checks = await lookAtEngine("queue", await configOf(`${scheme}://me:hunter2@${where}`));

    const says = `${scheme}://me@${where} (HOOKWELL_QUEUE) cannot be used now: it hangs up.`;
    expect(checks).toEqual([{ level: "fail", topic: "Queue", says, cure: expect.stringContaining("port") }]);
    server.close();
  },
);

test.each(["postgres", "redis", "amqp", "nats"])(
  "%s: several hosts that are silent do not answer",
  async (scheme) => {
    const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

    const [silent] = await lookAtEngine("queue", await configOf(`${scheme}://${host},${host}`));

    expect(silent?.says).toMatch(/cannot be used now: it does not answer[.]$/);
    expect(silent?.cure).toContain("is TLS spoken there");
    server.close();
  },
);

for (const engine of ["postgres", "redis", "amqp", "nats"] as const) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: a queue that nobody has made yet is told with what it will keep, and not made`,
    async () => {
      await using queue = ownQueue(engine);
      const config = await configOf(queue.url);

      const looks = [await lookAtEngine("queue", config), await lookAtEngine("queue", config)];

      for (const [first, ...others] of looks) {
        const says = expect.stringMatching(
          /^\w+ \d.*, no queue (in|of) .* yet; the first start creates it: \w/,
        );
        expect(first).toEqual({ level: "ok", topic: "Queue", says });
        expect(others.filter(({ level }) => level === "fail")).toEqual([]);
      }
    },
  );
}
