import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type CliWorld,
  type Finished,
  folderThatAnswers,
  runCli,
} from "../../../test/support/program/cli.ts";
import { testApi } from "../../../test/support/program/api.ts";
import { apiServer } from "../../../test/support/network/api-server.ts";
import { testServer } from "../../../test/support/network/http-server.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { addSecret, readSecrets } from "../../config/secrets/secrets.ts";

const long = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const now = Date.UTC(2026, 10, 24, 12);

interface Folder extends AsyncDisposable {
  readonly data: string;
  readonly secret: (argv: readonly string[], world?: Partial<CliWorld>) => Promise<Finished>;
}

async function aFolder(): Promise<Folder> {
  const folder = await tempFolder();
  const lastUsedAt = new Date(now - 61_000).toISOString();
  const secretUse = [
    { name: "default", hits: 0, lastUsedAt: null },
    { name: "old", hits: 1_234, lastUsedAt },
  ];
  const { api } = testApi({ secretUse: async () => secretUse });
  const openLocalApi = folderThatAnswers((request) => api.fetch(request));
  return {
    data: join(folder.path, ".hookwell"),
    secret: (argv, world = {}) =>
      runCli(["secret", ...argv], { cwd: folder.path, now, openLocalApi, ...world }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

describe("secret list", () => {
  test("tells where each comes from and when it was used, but never what it is", async () => {
    await using folder = await aFolder();
    await addSecret(folder.data, { name: "old", value: long });
    const env = { HOOKWELL_SECRET: `${long}!` };

    const table = await folder.secret(["list"], { env, columns: 80 });
    const json = await folder.secret(["list", "--json"], { env });

    expect(table.stdout.trimEnd().split("\n")).toEqual([
      "NAME     SOURCE            HITS  LAST USED  FINGERPRINT",
      expect.stringMatching(/^default {2}HOOKWELL_SECRET {6}0 {2}never {6}[0-9a-f]{8}$/),
      expect.stringMatching(/^old {6}data folder {6}1,234 {2}1m ago {5}[0-9a-f]{8}$/),
    ]);
    expect(JSON.parse(json.stdout.split("\n")[1] ?? "")).toMatchObject({ name: "old", hits: 1_234 });
    expect(table.stdout + json.stdout).not.toContain(long);
  });

  test("does not call a secret unused that only another process of the folder knows", async () => {
    await using folder = await aFolder();
    await addSecret(folder.data, { name: "old", value: `${long}!` });
    const env = { HOOKWELL_SECRET_RECEIVERS: long };

    const table = await folder.secret(["list"], { env, columns: 80 });
    const json = await folder.secret(["list", "--json"], { env });

    expect(table.stdout).toMatch(/^receivers {2}HOOKWELL_SECRET_RECEIVERS {6}– {2}– {10}[0-9a-f]{8}$/m);
    expect(JSON.parse(json.stdout.split("\n")[0] ?? "")).toMatchObject({ hits: null, lastUsedAt: null });
  });

  test("has those that only the server knows, which may be given to its service alone", async () => {
    await using folder = await aFolder();
    const uses = [
      { name: "default", hits: 1_234, lastUsedAt: null },
      { name: "new", hits: 5, lastUsedAt: null },
    ];
    await using server = await apiServer((_, response) => response.end(JSON.stringify({ secrets: uses })));
    const env = { HOOKWELL_SECRET: long, HOOKWELL_SERVER: server.url, HOOKWELL_TOKEN: "token" };

    const table = await folder.secret(["list"], { env, columns: 80 });
    const json = await folder.secret(["list", "--json"], { env });
    const retired = await folder.secret(["retire", "new"], { env });

    expect(table.stdout).toMatch(/^new {6}server {15}5 {2}never {6}–$/m);
    expect(JSON.parse(json.stdout.split("\n")[1] ?? "")).toEqual({
      name: "new",
      source: "server",
      hits: 5,
      lastUsedAt: null,
      fingerprint: null,
    });
    expect([retired.code, retired.stderr]).toEqual([1, expect.stringContaining("in the data folder")]);
  });

  test("is shown without uses if another program answers in the place of a Hookwell", async () => {
    await using folder = await aFolder();
    await using server = await testServer((_, response) => response.end("{}"));
    const env = { HOOKWELL_SECRET: long, HOOKWELL_SERVER: server.url, HOOKWELL_TOKEN: "token" };

    const { code, stdout } = await folder.secret(["list"], { env, columns: 80 });

    expect([code, stdout]).toEqual([0, expect.stringMatching(/^default .* – {2}– {10}[0-9a-f]{8}$/m)]);
  });

  test("before the first start says what will happen", async () => {
    await using folder = await aFolder();

    const { code, stdout, stderr } = await folder.secret(["list"]);

    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("No secret is known here: the first `hookwell serve`");
  });

  test("and the others say it in lines that fit the terminal", async () => {
    await using folder = await aFolder();
    const terminal = { columns: 60 };

    const said = [
      await folder.secret(["list"], terminal),
      await folder.secret(["add", "a-name-that-is-rather-long"], terminal),
      await folder.secret(["add", "weak", "--stdin"], { ...terminal, stdin: Buffer.from("hushhush") }),
      await folder.secret(["retire", "a-name-that-is-rather-long"], terminal),
    ];

    const lines = said.flatMap(({ stderr }) => stderr.split("\n"));
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
  });
});

describe("secret add", () => {
  test("generates a value and prints it alone on stdout", async () => {
    await using folder = await aFolder();

    const { code, stdout, stderr } = await folder.secret(["add", "2026-11"]);

    const [stored] = await readSecrets(folder.data);
    expect(code).toBe(0);
    expect(stdout).toBe(`${stored?.value}\n`);
    expect(stored).toMatchObject({ name: "2026-11", addedAt: "2026-11-24T12:00:00.000Z" });
    expect(stderr).toContain('✓ Added "2026-11".');
    expect(stderr).toContain("Shown only now");
  });

  test("gives programs what it made as one JSON object, and no value that it was given", async () => {
    await using folder = await aFolder();

    const made = await folder.secret(["add", "made", "--json"]);
    const given = await folder.secret(["add", "given", "--stdin", "--json"], { stdin: Buffer.from(long) });

    const [stored] = await readSecrets(folder.data);
    expect(JSON.parse(made.stdout)).toEqual({ name: "made", value: stored?.value });
    expect(JSON.parse(given.stdout)).toEqual({ name: "given" });
  });

  test("takes a value from standard input without its line break, and never shows it", async () => {
    await using folder = await aFolder();

    const { code, stdout, stderr } = await folder.secret(["add", "a", "--stdin"], {
      stdin: Buffer.from(`${long}\n`),
    });

    expect([code, stdout]).toEqual([0, ""]);
    expect((await readSecrets(folder.data))[0]?.value).toBe(long);
    expect(stderr).not.toContain(long);
  });

  test.for([
    ["several lines, as an entry of a password store may have", Buffer.from(`${long}\nuser: me\n`)],
    ["what is no text", Buffer.from([0xff, 0xfe, ...Buffer.from(long)])],
  ] as const)("takes no value from %s", async ([, stdin]) => {
    await using folder = await aFolder();

    const { code, stderr } = await folder.secret(["add", "a", "--stdin"], { stdin });

    expect(code).toBe(2);
    expect(stderr).toContain("✗ Standard input is not one line of text in UTF-8: give the value alone.");
    expect(await readSecrets(folder.data)).toEqual([]);
  });

  test("warns of a short one", async () => {
    await using folder = await aFolder();

    const { stderr } = await folder.secret(["add", "a", "--stdin"], { stdin: Buffer.from("short") });

    expect(stderr).toContain('! The secret "a" has 5 characters: at least 16 are advised, 36 recommended.');
  });

  test.for([
    [["add", "A b"], {}, "has 1 to 32 characters of a-z"],
    [["add", "default"], { HOOKWELL_SECRET: long }, 'HOOKWELL_SECRET sets the secret "default" already'],
  ] as const)("%j cannot be", async ([argv, env, sentence]) => {
    await using folder = await aFolder();

    const { code, stderr } = await folder.secret(argv, { env });

    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });
});

describe("secret retire", () => {
  test("removes one of several", async () => {
    await using folder = await aFolder();
    await addSecret(folder.data, { name: "old", value: long });
    await addSecret(folder.data, { name: "new", value: long });

    const { code, stderr } = await folder.secret(["retire", "old"]);

    expect([code, stderr]).toEqual([0, expect.stringContaining('✓ Retired "old".')]);
    expect((await readSecrets(folder.data)).map(({ name }) => name)).toEqual(["new"]);
  });

  test("refuses the last one, unless forced", async () => {
    await using folder = await aFolder();
    await addSecret(folder.data, { name: "old", value: long });

    const refused = await folder.secret(["retire", "old"]);
    const forced = await folder.secret(["retire", "old", "--force"]);

    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('"old" is the last secret')]);
    expect(forced.code).toBe(0);
    expect(await readSecrets(folder.data)).toEqual([]);
  });

  test("keeps one of two that are retired at the same moment", async () => {
    await using folder = await aFolder();
    await addSecret(folder.data, { name: "old", value: long });
    await addSecret(folder.data, { name: "new", value: long });

    const ends = await Promise.all([folder.secret(["retire", "old"]), folder.secret(["retire", "new"])]);

    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([0, 2]));
    expect(await readSecrets(folder.data)).toHaveLength(1);
  });

  test("retires the last one of the data folder while another is set elsewhere", async () => {
    await using folder = await aFolder();
    await addSecret(folder.data, { name: "old", value: long });

    const { code } = await folder.secret(["retire", "old"], { env: { HOOKWELL_SECRET: long } });

    expect([code, await readSecrets(folder.data)]).toEqual([0, []]);
  });

  test("says where a secret is set that is not in the data folder, and if there is none", async () => {
    await using folder = await aFolder();

    const set = await folder.secret(["retire", "a"], { env: { HOOKWELL_SECRET_A: long } });
    const gone = await folder.secret(["retire", "gone"]);

    expect([set.code, set.stderr]).toEqual([
      2,
      expect.stringContaining("HOOKWELL_SECRET_A sets this secret"),
    ]);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('There is no secret "gone"')]);
  });
});

test("secret generate gives programs a JSON object", async () => {
  await using folder = await aFolder();

  const { code, stdout } = await folder.secret(["generate", "--json"]);

  expect([code, JSON.parse(stdout)]).toEqual([0, { value: expect.stringMatching(/^[\w-]{43}$/) }]);
});

test("secret generate prints one and stores nothing", async () => {
  await using folder = await aFolder();

  const first = await folder.secret(["generate"]);
  const second = await folder.secret(["generate"]);

  expect(first.stdout).toMatch(/^[\w-]{43}\n$/);
  expect(second.stdout).not.toBe(first.stdout);
  expect(await readSecrets(folder.data)).toEqual([]);
});
