import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { loadConfig } from "../../config/load-config.ts";
import { loadOrCreateToken } from "../../config/folder/token.ts";
import { addSecret } from "../../config/secrets/secrets.ts";
import type { Check } from "./check.ts";
import { checkSecrets, checkToken } from "./secret-checks.ts";

const long = "0123456789abcdef0123456789abcdef0123";

async function checked(data: string, env: Readonly<Record<string, string>> = {}): Promise<readonly Check[]> {
  return checkSecrets(await loadConfig({ env: { HOOKWELL_DATA: data, ...env }, flags: {}, cwd: "/" }));
}

test("where there is no secret yet, the first start makes one", async () => {
  await using folder = await tempFolder();

  expect(await checked(folder.path)).toEqual([
    { level: "ok", topic: "Secrets", says: expect.stringMatching(/^None is known here; the first start/) },
  ]);
});

test("where one is weak, that is what there is to say", async () => {
  await using folder = await tempFolder();
  await addSecret(folder.path, { name: "weak", value: "short" });

  const checks = await checked(folder.path, { HOOKWELL_SECRET: long });

  expect(checks).toMatchObject([
    { level: "warn", says: 'The secret "weak" has 5 characters: at least 16 are advised, 36 recommended.' },
  ]);
});

test.each(["/etc/passwd", import.meta.filename])(
  "where one is %s, a file, a longer one is no cure",
  async (path) => {
    await using folder = await tempFolder();

    const checks = await checked(folder.path, { HOOKWELL_SECRET: path });

    expect(checks).toEqual([
      {
        level: "warn",
        topic: "Secrets",
        says: "HOOKWELL_SECRET is the path of a file: to read the secret from it, set the variable whose name ends with _FILE.",
      },
    ]);
  },
);

test("one of the folder that nobody hears of, since another uses the same name, is no weak one in use", async () => {
  await using folder = await tempFolder();
  await addSecret(folder.path, { name: "default", value: "short" });

  const checks = await checked(folder.path, { HOOKWELL_SECRET: long });

  expect(checks).toMatchObject([
    { level: "ok", says: "Active: default" },
    {
      level: "warn",
      says: expect.stringContaining("is not active, since HOOKWELL_SECRET uses the same name"),
    },
  ]);
});

test("a file of secrets that is damaged fails", async () => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "secrets.json"), "{");

  expect(await checked(folder.path)).toEqual([
    { level: "fail", topic: "Secrets", says: expect.stringContaining("secrets.json is damaged: restore it") },
  ]);
});

test.each([
  ["of zeros", "\0".repeat(44), "fail", /token is damaged: remove it/],
  ["that is empty", "", "fail", /token is empty: remove it/],
  ["that is cut off", "uQ3f\n", "warn", /^The token of the API has 4 characters/],
])("a token %s is told of, unless another one is set", async (_, content, level, says) => {
  await using folder = await tempFolder();
  await writeFile(join(folder.path, "token"), content);
  const tokenCheck = async (env: Readonly<Record<string, string>>): Promise<readonly Check[]> =>
    checkToken(await loadConfig({ env: { HOOKWELL_DATA: folder.path, ...env }, flags: {}, cwd: "/" }));

  expect(await tokenCheck({})).toMatchObject([{ level, topic: "Token", says: expect.stringMatching(says) }]);
  expect(await tokenCheck({ HOOKWELL_TOKEN: long })).toEqual([]);
});

test("of a token that is as it was made, or not made yet, there is nothing to say", async () => {
  await using folder = await tempFolder();
  const config = await loadConfig({ env: { HOOKWELL_DATA: folder.path }, flags: {}, cwd: "/" });
  expect(await checkToken(config)).toEqual([]);

  await loadOrCreateToken(folder.path);

  expect(await checkToken(config)).toEqual([]);
});
