import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { removeNames } from "../support/amqp-harness.ts";
import { answers, engineUrls, type TestedEngine } from "../support/engines.ts";
import { removeStreams } from "../support/nats-harness.ts";
import { ownSchema } from "../support/postgres-harness.ts";
import { StartFailure, startProgram } from "../support/process.ts";
import { deleteRedisKeys } from "../support/redis-harness.ts";
import { tempFolder } from "../support/temp-folder.ts";

interface OwnQueue extends AsyncDisposable {
  readonly url: string;
}

/** A queue of its own on a server that others use too. */
function ownQueue(engine: TestedEngine): OwnQueue {
  if (engine === "postgres") return ownSchema();
  const name = `test-${randomUUID()}`;
  const remove = { redis: deleteRedisKeys, nats: removeStreams, amqp: removeNames }[engine];
  return {
    url: `${engineUrls[engine]}?name=${name}`,
    [Symbol.asyncDispose]: () => remove(engineUrls[engine], name),
  };
}

const startOf = (folder: string, queue: string) =>
  startProgram({ folder, parts: "process", env: { HOOKWELL_QUEUE: queue } });

for (const engine of ["amqp", "redis", "postgres", "nats"] as const) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: beside a worker with a ledger of its own no other starts; it may be killed and restarted, or stopped and replaced`,
    async () => {
      await using queue = ownQueue(engine);
      await using folder = await tempFolder();
      await using elsewhere = await tempFolder();
      const first = await startOf(folder.path, queue.url);

      const refused = await startOf(elsewhere.path, queue.url).catch((error: unknown) => error);

      expect(refused).toBeInstanceOf(StartFailure);
      expect(first.log.map(({ fact }) => fact)).toContain("process.alone");
      const { exit, log } = refused as StartFailure;
      expect(exit.code).toBe(2);
      expect(log.at(-1)).toMatchObject({ fact: "start.failed", code: "CONFIG_INVALID" });
      expect(String(log.at(-1)?.["error"])).toContain("set HOOKWELL_LEDGER=postgres://…");
      await first.kill();
      await using again = await startOf(folder.path, queue.url);
      // Only when it answers does it listen to signals.
      await again.stats();
      again.signal("SIGTERM");
      expect((await again.exited).code).toBe(0);
      await using other = await startOf(elsewhere.path, queue.url);
      expect(other.log.map(({ fact }) => fact)).not.toContain("process.not_alone");
    },
  );
}
