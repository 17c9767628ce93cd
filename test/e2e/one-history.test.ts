import { join } from "node:path";
import { expect, test } from "vitest";
import { answers, type TestedEngine } from "../support/servers/engines.ts";
import { ownQueue } from "../support/servers/own-queue.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";
import { StartFailure, startProgram } from "../support/program/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

const startOf = (folder: string, queue: string, ledger?: string) =>
  startProgram({
    folder,
    parts: "process",
    env: { HOOKWELL_QUEUE: queue, ...(ledger !== undefined && { HOOKWELL_LEDGER: ledger }) },
  });

/** What a start that must fail says to a person. */
async function refusalOf(start: ReturnType<typeof startOf>): Promise<string> {
  const refused = await start.catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StartFailure);
  const { exit, log } = refused as StartFailure;
  expect(exit.code).toBe(2);
  expect(log.at(-1)).toMatchObject({ fact: "start.failed", code: "CONFIG_INVALID" });
  return String(log.at(-1)?.["error"]);
}

const arePostgresAnd = async (engine: TestedEngine): Promise<boolean> =>
  (await answers(engine)) && (await answers("postgres"));

for (const engine of ["amqp", "redis", "postgres", "nats"] as const) {
  test.skipIf(!(await arePostgresAnd(engine)))(
    `${engine}: beside a worker with a ledger of its own no other starts; it may be killed and restarted, or stopped and replaced`,
    async () => {
      await using queue = ownQueue(engine);
      await using ledger = ownSchema();
      await using folder = await tempFolder();
      await using elsewhere = await tempFolder();
      const first = await startOf(folder.path, queue.url);

      expect(await refusalOf(startOf(elsewhere.path, queue.url))).toContain(
        "set HOOKWELL_LEDGER=postgres://…",
      );
      expect(await refusalOf(startOf(elsewhere.path, queue.url, ledger.url))).toContain(
        "a different history",
      );

      expect(first.log.map(({ fact }) => fact)).toContain("process.alone");
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

  test.skipIf(!(await arePostgresAnd(engine)))(
    `${engine}: beside workers that share a ledger only those start that share it too, also when one of them has just ended`,
    async () => {
      await using queue = ownQueue(engine);
      await using ledger = ownSchema();
      await using another = ownSchema();
      await using folder = await tempFolder();
      await using elsewhere = await tempFolder();
      const first = await startOf(folder.path, queue.url, ledger.url);
      await using second = await startOf(elsewhere.path, queue.url, ledger.url);
      await first.stats();
      first.signal("SIGTERM");
      expect((await first.exited).code).toBe(0);

      expect(await refusalOf(startOf(folder.path, queue.url))).toContain("set HOOKWELL_LEDGER=postgres://…");
      expect(await refusalOf(startOf(folder.path, queue.url, another.url))).toContain("a different history");

      expect(second.log.map(({ fact }) => fact)).not.toContain("process.not_alone");
    },
  );
}

test.skipIf(!(await answers("postgres")))(
  "a file: beside its worker none with another ledger starts, and any does when that one is gone",
  async () => {
    await using ledger = ownSchema();
    await using folder = await tempFolder();
    await using elsewhere = await tempFolder();
    const file = `sqlite:${join(folder.path, "queue.db")}`;
    const first = await startOf(folder.path, file);

    expect(await refusalOf(startOf(elsewhere.path, file, ledger.url))).toContain("a different history");

    await first.kill();
    await using other = await startOf(elsewhere.path, file, ledger.url);
    await using beside = await startOf(elsewhere.path, file, ledger.url);
    await Promise.all([other, beside].map((worker) => worker.stats()));
    expect(await refusalOf(startOf(folder.path, file))).toContain("set HOOKWELL_LEDGER=postgres://…");
  },
);
