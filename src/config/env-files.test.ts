import { join } from "node:path";
import { expect, test } from "vitest";
import { configFolder, problemsOf } from "../../test/support/config-folder.ts";

const folder = configFolder();
const { load, write } = folder;

test("what holds a secret may be the name of a file, whose last line end does not count", async () => {
  await write("secret", "the-one-of-the-sender\n");
  await write("old", "the-one-of-last-month\r\n");
  await write("token", "a-token-that-is-long-enough");
  await write("queue", "redis://hookwell:hunter2@queue.internal\n");
  await write("ledger", "postgres://hookwell:hunter2@db.internal/hookwell\n");

  const config = await load({
    env: {
      HOOKWELL_SECRET_FILE: "secret",
      HOOKWELL_SECRET_OLD_FILE: join(folder.path, "old"),
      HOOKWELL_TOKEN_FILE: "token",
      HOOKWELL_QUEUE_FILE: "queue",
      HOOKWELL_LEDGER_FILE: "ledger",
    },
  });

  expect(config).toMatchObject({
    token: "a-token-that-is-long-enough",
    queue: "redis://hookwell:hunter2@queue.internal",
    ledger: "postgres://hookwell:hunter2@db.internal/hookwell",
    warnings: [],
  });
  expect(config.secrets).toEqual([
    { name: "default", value: "the-one-of-the-sender", writtenAs: "HOOKWELL_SECRET" },
    { name: "old", value: "the-one-of-last-month", writtenAs: "HOOKWELL_SECRET_OLD" },
  ]);
});

test("a file that cannot be read, an empty name and a value given twice are mistakes, and show no value", async () => {
  await write("token", "hunter2-hunter2-hunter2");

  const problems = await problemsOf(
    load({
      env: {
        HOOKWELL_SECRET_FILE: "none",
        HOOKWELL_QUEUE_FILE: "",
        HOOKWELL_TOKEN: "hunter2-hunter2-hunter2",
        HOOKWELL_TOKEN_FILE: "token",
      },
    }),
  );

  expect(problems).toEqual([
    expect.stringMatching(/^HOOKWELL_SECRET_FILE names a file that cannot be read \(ENOENT: .*none'\)\.$/),
    "HOOKWELL_QUEUE_FILE is empty: write the path of a file.",
    "HOOKWELL_TOKEN and HOOKWELL_TOKEN_FILE are both set: keep one of them.",
  ]);
});

test("a flag wins over a file that the environment names", async () => {
  await write("queue", "redis://queue.internal");

  const config = await load({ env: { HOOKWELL_QUEUE_FILE: "queue" }, flags: { queue: "sqlite:" } });

  expect(config.queue).toBe("sqlite:");
});
