import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../test/support/servers/engines.ts";
import { freePort } from "../../../test/support/network/free-port.ts";
import { NatsServer } from "../../../test/support/servers/nats-server.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { openQueue } from "../open-queue.ts";

const options = { leaseMs: 30_000, highWater: 10 };

test.each(["redis", "amqp", "nats", "postgres"])(
  "%s: the log says which server is away and what to do, without its password",
  async (scheme) => {
    const where = `127.0.0.1:${await freePort()}`;
    const { log, lines } = recordedLog();

    const queue = await openQueue(`${scheme}://me:hunter2@${where}`, "/", { ...options, log });
    await queue.depth().catch(() => undefined);

    expect(lines).toEqual([
      expect.objectContaining({
        fact: "queue.engine_lost",
        fields: expect.objectContaining({
          engine: `${scheme}://me@${where}`,
          cure: expect.stringContaining("hookwell doctor"),
        }),
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain("hunter2");
    await queue.close();
  },
);

const wrongLogins = [
  ["amqp", async () => undefined],
  ["redis", async () => undefined],
  ["nats", () => NatsServer.start("jetstream {}\nauthorization { user: me, password: right }")],
] as const;

for (const [engine, start] of wrongLogins) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: whoever logs in with a wrong password is told so by the error, with the server's own words as its cause, and nothing else`,
    async () => {
      await using server = await start();
      const { log, lines } = recordedLog();
      const { host } = new URL(server?.url ?? engineUrls[engine]);

      const opening = openQueue(`${engine}://me:wrong@${host}`, "/", { ...options, log });

      await expect(opening).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        cause: { message: expect.stringMatching(/ACCESS_REFUSED|WRONGPASS|Authorization Violation/i) },
      });
      expect(lines).toEqual([]);
    },
  );
}
