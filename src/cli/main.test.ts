import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { runCli } from "../../test/support/program/cli.ts";
import { ConfigError, DataInUseError, LedgerUnavailableError } from "../errors.ts";
import { commands as listed, whole } from "./commands.ts";
import { version } from "./version.ts";

const world = { cwd: tmpdir() };
const commands = await Promise.all(listed.map(whole));

describe("help", () => {
  test("of the program lists all commands and gives examples", async () => {
    const { code, stdout } = await runCli(["--help"], world);

    expect(code).toBe(0);
    for (const { name, summary } of commands) {
      expect(stdout).toContain(`${name} `);
      expect(stdout).toContain(summary);
    }
    expect(stdout).toContain("Examples:");
  });

  const all = commands.flatMap((command) => [
    [command.name],
    ...(command.commands ?? []).map((inner) => [command.name, inner.name]),
  ]);
  const examples = [...commands, ...commands.flatMap((command) => command.commands ?? [])].flatMap(
    (command) => command.examples ?? [],
  );
  const toBeCopied = new Set(examples.map(({ line }) => `  ${line}`));
  const copied = (text: string): string[] => text.split("\n").filter((line) => toBeCopied.has(line));
  /** Without where its lines end, and what those of a comment begin with. */
  const words = (text: string): string => text.replaceAll(/^ {2}# |\s/gm, "");
  test.for([[], ...all])("of %s %s says the same in a narrow terminal, in lines that fit", async (path) => {
    const wide = await runCli([...path, "--help"], { ...world, columns: 100 });
    expect(wide.stdout).toContain(`Usage: ${["hookwell", ...path].join(" ")}`);

    for (const columns of [80, 60, 40]) {
      const { code, stdout } = await runCli([...path, "--help"], { ...world, columns });

      expect(code).toBe(0);
      expect(words(stdout)).toBe(words(wide.stdout));
      // What is there to be copied stays whole, also where it does not fit.
      expect(copied(stdout)).toEqual(copied(wide.stdout));
      const isWhole = (line: string): boolean =>
        columns < 80 && (line.startsWith("Usage: ") || toBeCopied.has(line));
      const tooWide = stdout.split("\n").filter((line) => line.length > columns && !isWhole(line));
      expect(tooWide).toEqual([]);
    }
  });

  test.for([
    [["help"], "Usage: hookwell [options]"],
    [["help", "secret"], "Usage: hookwell secret [options]"],
    [["help", "secret", "add"], "Usage: hookwell secret add"],
    [["secret", "help", "add"], "Usage: hookwell secret add"],
    [["help", "--help"], "Usage: hookwell [options]"],
  ] as const)("is asked for by %j too", async ([argv, usage]) => {
    const { code, stdout, stderr } = await runCli(argv, world);

    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(usage);
  });

  test("of serve shows a setting with its variable and its default", async () => {
    const { stdout } = await runCli(["serve", "--help"], { ...world, columns: 100 });

    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "--port <number> Port to listen on; 0 takes a free one. (PORT, default 3000)",
    );
  });
});

test("a new user is told by the help of each half where secret, handlers and token come from", async () => {
  const [receive, process] = [
    await runCli(["receive", "--help"], world),
    await runCli(["process", "--help"], world),
  ];

  expect(receive.stdout).toContain("HOOKWELL_SECRET");
  expect(process.stdout).toMatch(/hookwell\.config\.ts[^]*HOOKWELL_TOKEN/);
});

test("the version is that of the package", async () => {
  const finished = await runCli(["--version"], world);

  expect(finished).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

describe("wrong use is one sentence and exit code 2", () => {
  test.for([
    [["sevre"], "✗ Unknown command 'sevre'. Did you mean serve?", "hookwell --help"],
    [["serve", "--prot", "3"], "✗ Unknown option '--prot'. Did you mean --port?", "hookwell serve --help"],
    [
      ["events", "--ledger", "postgres://host/db"],
      "✗ Unknown option '--ledger'. Set HOOKWELL_LEDGER for this command.",
      "hookwell events --help",
    ],
    [["help", "srve"], "✗ Unknown command 'srve'. Did you mean serve?", "hookwell --help"],
    [["srve", "--help"], "✗ Unknown command 'srve'. Did you mean serve?", "hookwell --help"],
    [["secret", "ad", "x"], "✗ Unknown command 'ad'. Did you mean add?", "hookwell secret --help"],
    [["help", "secret", "ad"], "✗ Unknown command 'ad'. Did you mean add?", "hookwell secret --help"],
    [["secret", "help", "ad"], "✗ Unknown command 'ad'. Did you mean add?", "hookwell secret --help"],
    [["serve", "--port"], "✗ Option '--port <number>' argument missing.", "hookwell serve --help"],
    [["show"], "✗ Missing required argument 'id'.", "hookwell show --help"],
    [
      ["events", "--limit", "0"],
      '✗ --limit is "0": write a whole number from 1 to 10,000,000.',
      "hookwell events --help",
    ],
    [
      ["send", "--batch", "501", "--rate", "x"],
      '✗ --batch is "501": write a whole number from 1 to 500. --rate is "x"',
      "hookwell send --help",
    ],
    [
      ["events", "now"],
      "✗ Too many arguments for 'events'. Expected 0 arguments but got 1: now.",
      "hookwell events --help",
    ],
  ] as const)("%j", async ([argv, sentence, help]) => {
    const { code, stdout, stderr } = await runCli(argv, world);

    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(`  See ${help}`);
  });

  test.for([
    ["serve", "redis://me:hidden@h"],
    ["serve", "--queu=redis://me:hidden@h"],
    ["events", "--ledger=postgres://me:hidden@h/x"],
    ["serve", "--spill", "redis://me:hidden@h", "--port", "redis://me:hidden@h"],
    ["amqp://me:hidden@h"],
    ["amqp://me@x:12/hid'den\"@h"],
  ])("a password that stands in the wrong place is not shown: %j", async (argv) => {
    const { code, stdout, stderr } = await runCli(argv, world);

    expect(code).toBe(2);
    expect(stderr).toContain("://…@h");
    expect(stdout + stderr).not.toMatch(/hid/);
  });

  test.for([[[]], [["dead-letters"]]])("%j without a command prints help to stderr", async ([argv = []]) => {
    const { code, stdout, stderr } = await runCli(argv, world);

    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("Usage: hookwell");
  });

  test.each([
    ["serve", ["HOOKWELL_QUEUE (--queue) has ?keyfile=", "HOOKWELL_LEDGER (--ledger) has ?sslcert="]],
    // It opens no ledger, so that those files may be at the workers alone.
    ["receive", ["HOOKWELL_QUEUE (--queue) has ?keyfile="]],
  ])("files that %s cannot read are listed with other mistakes", async (command, ofEngines) => {
    const env = {
      PORT: "x",
      HOOKWELL_TLS_CERT: "/gone.pem",
      HOOKWELL_TLS_KEY: "/gone.key",
      HOOKWELL_QUEUE: "rediss://127.0.0.1?keyfile=/gone",
      HOOKWELL_LEDGER: "postgres://127.0.0.1/test?sslmode=require&sslcert=/gone",
    };

    const { code, stderr } = await runCli([command], { ...world, env });

    expect([code, stderr.trimEnd().split("\n").slice(1)]).toEqual([
      2,
      [
        'PORT is "x"',
        "HOOKWELL_TLS_CERT (--tls-cert) is /gone.pem, which cannot be read",
        "HOOKWELL_TLS_KEY (--tls-key) is /gone.key, which cannot be read",
        ...ofEngines,
      ].map((says) => expect.stringContaining(says)),
    ]);
  });

  test.each(["serve", "receive", "doctor"])(
    "a password in place of the file that holds it is not shown by %s",
    async (command) => {
      const env = { HOOKWELL_QUEUE: "redis://127.0.0.1:1?passwordfile=hunter2" };

      const { code, stdout, stderr } = await runCli([command], { ...world, env });

      expect(code).not.toBe(0);
      expect(stdout + stderr).toContain(
        "HOOKWELL_QUEUE (--queue) has ?passwordfile=, which names a file that cannot be read (ENOENT)",
      );
      expect(stdout + stderr).not.toContain("hunter2");
    },
  );

  test("several wrong settings are listed", async () => {
    const { code, stderr } = await runCli(["serve", "--port", "x"], { ...world, env: { HOST: " " } });

    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toEqual([
      "✗ 2 mistakes in the settings:",
      '  • --port is "x": write a whole number from 0 to 65,535.',
      '  • HOST is " ": write an address or a host name, such as 127.0.0.1 or 0.0.0.0.',
    ]);
  });

  test("control characters of an argument do not reach the terminal", async () => {
    const { stderr } = await runCli(["\u001b[31mserve"], world);

    expect(stderr).toContain("\\u001b[31mserve");
    expect(stderr).not.toContain("\u001b");
  });
});

describe("what goes wrong at the start", () => {
  test.for([
    [new DataInUseError("/data/ledger.db"), 1, "✗ /data/ledger.db is in use by another Hookwell process."],
    [new DataInUseError("/data/ledger.db"), 1, "set HOOKWELL_LEDGER=postgres://… for all of them."],
    [new ConfigError(["HOST is wrong: correct it."]), 2, "✗ HOST is wrong: correct it."],
    [new ConfigError(["PORT is taken: wait."], { mayPass: true }), 1, "✗ PORT is taken: wait."],
    [new LedgerUnavailableError("The ledger cannot be read."), 1, "✗ The ledger cannot be read."],
    [new Error("nobody expected this"), 1, "Error: nobody expected this"],
  ] as const)("%s", async ([error, expected, sentence]) => {
    const startApp = (): Promise<never> => Promise.reject(error);

    const { code, stderr } = await runCli(["serve"], { ...world, startApp });

    expect(code).toBe(expected);
    expect(stderr).toContain(sentence);
  });
});
