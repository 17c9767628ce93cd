import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { openDataFolder } from "../folder/data-folder.ts";
import {
  activeSecrets,
  addSecret,
  createFirstSecret,
  generateSecret,
  readSecrets,
  retireSecret,
} from "./secrets.ts";

test("a generated secret is as long as the sender recommends", () => {
  const secret = generateSecret();

  expect(secret).toMatch(/^[\w-]{43}$/);
});

test("secrets are added, read in order and retired", async () => {
  await using temp = await tempFolder();
  const folder = join(temp.path, "data");
  await addSecret(folder, { name: "old", value: "a".repeat(36) });
  await addSecret(folder, { name: "new", value: "b".repeat(36) }, 0);

  const retired = [await retireSecret(folder, "old"), await retireSecret(folder, "old")];

  expect(retired).toEqual(["retired", "unknown"]);
  expect(await readSecrets(folder)).toEqual([
    { name: "new", value: "b".repeat(36), addedAt: "1970-01-01T00:00:00.000Z" },
  ]);
});

test("secrets that several commands add and retire at once are all added and retired", async () => {
  await using temp = await tempFolder();
  const folder = join(temp.path, "data");
  const named = (kind: string): readonly string[] => Array.from({ length: 8 }, (_, at) => `${kind}${at}`);
  for (const name of named("old")) await addSecret(folder, { name, value: "a".repeat(36) });

  await Promise.all([
    ...named("new").map((name) => addSecret(folder, { name, value: "b".repeat(36) })),
    ...named("old").map((name) => retireSecret(folder, name)),
  ]);

  const left = (await readSecrets(folder)).map(({ name }) => name);
  expect(left.toSorted()).toEqual(named("new"));
});

test("a name that is taken or unusable, and a value with white space, are refused without showing it", async () => {
  await using temp = await tempFolder();
  const folder = join(temp.path, "data");
  await addSecret(folder, { name: "a", value: "first" });

  await expect(addSecret(folder, { name: "a", value: "x" })).rejects.toThrow('A secret "a" exists already');
  for (const name of ["A!", "_a", "-a", "", "a".repeat(33)])
    await expect(addSecret(folder, { name, value: "x" })).rejects.toThrow("has 1 to 32 characters of a-z");
  await addSecret(folder, { name: "a".repeat(32), value: "x" });
  await expect(addSecret(folder, { name: "b", value: "secret\n" })).rejects.toThrow(
    /^The value has white space/,
  );
});

test.for([
  '{"secrets":[{"name":"a","value":"hush"',
  '{"secrets":[{"name":"a","value":"","addedAt":"2026-11-24T10:00:00.000Z"}]}',
  '{"secrets":[{"name":"a","value":7,"addedAt":"2026-11-24T10:00:00.000Z"}]}',
  '{"secrets":[{"name":"a","value":"hush"}]}',
  '{"secrets":[null]}',
  '{"secrets":{}}',
  "{}",
])("a damaged file of secrets is never replaced: %s", async (damaged) => {
  await using temp = await tempFolder();
  const folder = join(temp.path, "data");
  await openDataFolder(folder);
  await writeFile(join(folder, "secrets.json"), damaged);

  await expect(createFirstSecret(folder)).rejects.toThrow("is damaged: restore it");
  expect(await readFile(join(folder, "secrets.json"), "utf8")).toBe(damaged);
});

test("secrets of the configuration stand before those of the folder", async () => {
  await using temp = await tempFolder();
  const folder = join(temp.path, "data");
  const fromConfig = { name: "default", value: "x".repeat(36) };
  const secrets = [{ ...fromConfig, writtenAs: "HOOKWELL_SECRET" }];
  const before = await activeSecrets({ data: folder, secrets });
  await addSecret(folder, { name: "default", value: "hidden by the configuration" });
  await addSecret(folder, { name: "next", value: "y".repeat(36) });

  const after = await activeSecrets({ data: folder, secrets });

  expect(before).toEqual([fromConfig]);
  expect(after.map(({ name, value }) => [name, value[0]])).toEqual([
    ["default", "x"],
    ["next", "y"],
  ]);
});

test("after the last secret was retired, the next start makes one", async () => {
  await using temp = await tempFolder();
  const folder = join(temp.path, "data");
  await createFirstSecret(folder);
  await retireSecret(folder, "default");

  const created = await createFirstSecret(folder);

  expect(created?.name).toBe("default");
});
