import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../test/support/engines.ts";
import { freePort } from "../../../test/support/free-port.ts";
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

test.skipIf(!(await answers("amqp")))(
  "amqp: the log says why the server refuses us, and nothing before",
  async () => {
    const { log, lines } = recordedLog();

    const opening = openQueue(engineUrls.amqp.replace("guest:guest", "guest:wrong"), "/", {
      ...options,
      log,
    });

    await expect(opening).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(lines[0]?.fields["error"]).toMatch(/^ACCESS_REFUSED/);
  },
);
