import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { problemsOf } from "../test/support/program/config-folder.ts";
import { tempFolder } from "../test/support/temp-folder.ts";
import { hasDataFolder } from "./config/folder/data-folder.ts";
import { createReceiver, type ReceiverOptions } from "./create-receiver.ts";

const secret = "2f1f8f0a-5f1b-4a57-9a40-1b2f2f7f9c11";

describe("a mistake in the options", () => {
  test.each([[null], ["a secret"], [[]], [new Map([["secret", "s"]])], [Promise.resolve({})]])(
    "is that they are none: %j",
    async (options) => {
      expect(await problemsOf(createReceiver(options as never))).toEqual([
        "The options of createReceiver are not a plain object: write { secret: … }.",
      ]);
    },
  );

  test("is told by its name, all of them at once, and nothing is made", async () => {
    await using folder = await tempFolder();
    const data = join(folder.path, "data");
    const options = {
      data,
      secret,
      concurrency: 0,
      handlerTimeout: "soon",
      maxAtempts: 3,
      handlers: { "*": 7 },
    };

    const problems = await problemsOf(createReceiver(options as unknown as ReceiverOptions));

    expect(problems).toHaveLength(4);
    for (const name of ["concurrency", "handlerTimeout", "maxAtempts", "handlers"]) {
      expect(problems.filter((problem) => problem.includes(name))).toHaveLength(1);
    }
    expect(problems.join("\n")).not.toContain(secret);
    expect(await hasDataFolder(data)).toBe(false);
  });

  test.each([[{}], [() => undefined], ["info"], [{ debug() {}, info() {}, warn() {} }]])(
    "a log without its functions, which would say nothing when it is needed: %j",
    async (log) => {
      expect(await problemsOf(createReceiver({ secret, log: log as never, concurrency: 0 }))).toEqual([
        expect.stringContaining("concurrency"),
        "log in the options is not a log: write an object with debug, info, warn and error, such as console.",
      ]);
    },
  );

  test("a setting of the server is to be removed, and not to be completed", async () => {
    const options = { secret, tlsCert: "cert.pem" };

    expect(await problemsOf(createReceiver(options))).toEqual([
      "tlsCert in the options is for Hookwell's own server, which createReceiver does not start. Remove it.",
    ]);
  });

  test.each<[string, ReceiverOptions]>([
    ["data in the options is /dev/null/a, which is", { data: "/dev/null/a" }],
    [
      "backoffMin in the options is 20 ms, more than backoffMax in the options with 10 ms",
      { backoffMin: 20, backoffMax: 10 },
    ],
    [
      "queue in the options and ledger in the options are both /nowhere/one.db: name",
      { queue: "sqlite:/nowhere/one.db", ledger: "sqlite:/nowhere/one.db" },
    ],
    [
      "queue in the options has ?cacertfile=, a file that cannot be read",
      { queue: "amqps://127.0.0.1/?cacertfile=/nowhere.pem" },
    ],
  ])("is told by its name also where only the parts themselves see it: %s", async (problem, options) => {
    await using folder = await tempFolder();

    const starting = createReceiver({ secret, data: folder.path, ...options });

    const told = (await problemsOf(starting)).join("\n");
    expect(told).toContain(problem);
    expect(told).not.toMatch(/HOOKWELL_|--/);
    await expect(starting).rejects.toHaveProperty("message", told);
  });

  test("is also what only Hookwell's own server would read, and no slip is taken for that", async () => {
    await using folder = await tempFolder();
    const options = { data: folder.path, secret, port: 1, prot: 1 };

    expect(await problemsOf(createReceiver(options))).toEqual([
      "port in the options is for Hookwell's own server, which createReceiver does not start. Remove it.",
      "prot in the options is not a setting. Remove it.",
    ]);
  });

  test("does not come from the environment, which is not read", async () => {
    vi.stubEnv("HOOKWELL_SECRET", "one of the environment, which is long enough");
    await using folder = await tempFolder();
    vi.spyOn(process, "cwd").mockReturnValue(folder.path);

    const problems = [
      await problemsOf(createReceiver({ data: folder.path })),
      await problemsOf(createReceiver()),
    ];

    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    const missing = [expect.stringContaining("secret is missing")];
    expect(problems).toEqual([missing, missing]);
  });
});

describe("a secret", () => {
  test("is given once: two under one name are a mistake, for one of them would be refused", async () => {
    await using folder = await tempFolder();
    const secrets = { default: "another secret of the sender" };

    const problems = await problemsOf(createReceiver({ data: folder.path, secret, secrets }));

    expect(problems).toEqual([
      'secret and secrets.default in the options both name the secret "default": keep one of them.',
    ]);
  });

  test("that cannot be one is told under the name by which it was given", async () => {
    await using folder = await tempFolder();
    const problemsWith = (given: unknown): Promise<readonly string[]> => {
      const options = { data: folder.path, secret: given, port: 1 } as unknown as ReceiverOptions;
      return problemsOf(createReceiver(options));
    };
    const ofPort =
      "port in the options is for Hookwell's own server, which createReceiver does not start. Remove it.";

    expect([await problemsWith(""), await problemsWith(7), await problemsWith(null)]).toEqual([
      ["secret in the options is empty: write the secret that is set at the sender.", ofPort],
      ["secret in the options is not usable: write a string.", ofPort],
      ["secret in the options is not usable: write a string.", ofPort],
    ]);
  });

  test("that is missing is told, as when an environment variable is", async () => {
    await using folder = await tempFolder();

    const starting = createReceiver({ data: folder.path, secret: undefined });

    await expect(starting).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      problems: [expect.stringContaining("secret is missing: give createReceiver the secret")],
    });
  });
});

test("a data folder that is a file is a mistake in the setting", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "file");
  await writeFile(data, "");

  await expect(createReceiver({ secret, data })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});
