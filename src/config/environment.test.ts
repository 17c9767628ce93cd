import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { configFolder, problemsOf } from "../../test/support/program/config-folder.ts";

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
      PORT: "8080",
    },
  });

  expect(config).toMatchObject({
    port: 8_080,
    token: "a-token-that-is-long-enough",
    queue: "redis://hookwell:hunter2@queue.internal",
    ledger: "postgres://hookwell:hunter2@db.internal/hookwell",
    warnings: [],
  });
  expect(config.secrets).toMatchObject([
    { name: "default", value: "the-one-of-the-sender", writtenAs: "HOOKWELL_SECRET_FILE" },
    { name: "old", value: "the-one-of-last-month", writtenAs: "HOOKWELL_SECRET_OLD_FILE" },
  ]);
});

test("an empty name and a value given twice are mistakes, and an empty variable beside a file is none", async () => {
  await write("token", "hunter2-hunter2-hunter2");
  const file = { HOOKWELL_TOKEN_FILE: "token" };

  const problems = await problemsOf(
    load({
      env: {
        ...file,
        HOOKWELL_TOKEN: "hunter2-hunter2-hunter2",
        HOOKWELL_QUEUE_FILE: "",
        HOOKWELL_LEDGER_FILE: "",
        HOOKWELL_LEDGER: "sqlite:",
      },
    }),
  );
  const before = await load({ env: { HOOKWELL_TOKEN: "", ...file } });
  const behind = await load({ env: { ...file, HOOKWELL_TOKEN: "" } });

  expect(problems).toEqual([
    "HOOKWELL_TOKEN_FILE and HOOKWELL_TOKEN are both set: keep one of them.",
    "HOOKWELL_QUEUE_FILE is empty: write the path of a file.",
    "HOOKWELL_LEDGER_FILE is empty: write the path of a file.",
  ]);
  expect([before.token, behind.token]).toEqual(["hunter2-hunter2-hunter2", "hunter2-hunter2-hunter2"]);
});

test.each([
  [
    "that is not there",
    undefined,
    "names a file that cannot be read (ENOENT): name one that this user may read.",
  ],
  ["without any text", "\n", "names a file that is empty: write the value into it."],
  [
    "of several lines",
    "hunter2\nhunter2",
    "names a file that is not one line of text: write the value alone into it.",
  ],
  [
    "in UTF-16",
    Buffer.from("hunter2\u00e9", "utf16le"),
    "names a file that is not in UTF-8: save it as UTF-8.",
  ],
  [
    "without an end",
    Buffer.alloc(70_000, "x"),
    "names a file that is too large for a secret: write the value alone into it.",
  ],
])("a file %s is a mistake, and neither its text nor its path is shown", async (_, text, says) => {
  if (text !== undefined) await write("hunter2", text);
  const names = [
    "HOOKWELL_SECRET_FILE",
    "HOOKWELL_TOKEN_FILE",
    "HOOKWELL_QUEUE_FILE",
    "HOOKWELL_LEDGER_FILE",
  ];

  const problems = await problemsOf(
    load({ env: Object.fromEntries(names.map((name) => [name, "hunter2"])) }),
  );

  expect(problems).toEqual(names.map((name) => `${name} ${says}`));
});

test("a file that cannot be read is one mistake, also beside an empty variable", async () => {
  const problems = await problemsOf(load({ env: { HOOKWELL_SECRET: "", HOOKWELL_SECRET_FILE: "missing" } }));

  expect(problems).toEqual([expect.stringMatching(/^HOOKWELL_SECRET_FILE names a file that cannot/)]);
});

test("a pipe, which would stop the process and can be read once, is no file", async () => {
  await promisify(execFile)("mkfifo", [join(folder.path, "pipe")]);

  const problems = await problemsOf(load({ env: { HOOKWELL_SECRET_FILE: "pipe" } }));

  expect(problems).toEqual(["HOOKWELL_SECRET_FILE names something that is not a file: name a regular file."]);
});

test("a variable that ends with _file names a file, too, and is no secret that anybody can guess", async () => {
  await write("old", "the-one-of-last-month");

  const { secrets } = await load({ env: { HOOKWELL_SECRET_OLD_file: "old" } });

  expect(secrets).toMatchObject([{ name: "old", value: "the-one-of-last-month" }]);
});

test("a variable that only has such a name in it names no file", async () => {
  const config = await load({
    env: { HOOKWELL_TOKEN_FILENAME: "missing", OTHER_HOOKWELL_TOKEN_FILE: "missing" },
  });

  expect(config.token).toBeNull();
});

test("a mark of the byte order is none of the secret", async () => {
  await write("secret", "\ufeffthe-one-of-the-sender");

  const { secrets } = await load({ env: { HOOKWELL_SECRET_FILE: "secret" } });

  expect(secrets).toMatchObject([{ value: "the-one-of-the-sender" }]);
});

test("a mistake in a value names the variable that names its file", async () => {
  await write("queue", "redsi://queue.internal");
  await write("secret", "the one of the sender ");

  const problems = await problemsOf(
    load({ env: { HOOKWELL_QUEUE_FILE: "queue", HOOKWELL_SECRET_FILE: "secret" } }),
  );

  expect(problems).toEqual([
    expect.stringMatching(/^HOOKWELL_QUEUE_FILE is not usable: write a URL/),
    expect.stringMatching(/^HOOKWELL_SECRET_FILE has white space/),
  ]);
});

test("a secret that is the path of a file is warned of", async () => {
  await write("secret", "the-one-of-the-sender");
  const path = join(folder.path, "secret");

  const { warnings } = await load({ env: { HOOKWELL_SECRET_FLIE: path } });

  expect(warnings).toEqual([
    "HOOKWELL_SECRET_FLIE is the path of a file: to read the secret from it, set the variable whose name ends with _FILE.",
  ]);
});

test("where no variable can name it, the content of that file is asked for", async () => {
  const { warnings } = await load({ options: { secret: import.meta.filename } });

  expect(warnings).toEqual(["secret in the options is the path of a file: write what that file holds."]);
});

test("a flag wins over a file that the environment names", async () => {
  await write("queue", "redis://queue.internal");

  const config = await load({ env: { HOOKWELL_QUEUE_FILE: "queue" }, flags: { queue: "sqlite:" } });

  expect(config.queue).toBe("sqlite:");
});
