import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { checkFolder, checkRoom } from "./folder-checks.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a data folder that is not there is well if it can be made", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "");

  const [can] = await checkFolder(join(folder.path, "some", "more", "data"));
  const [cannot] = await checkFolder(join(file, "data"));

  expect(can).toMatchObject({ level: "ok" });
  expect(cannot).toMatchObject({
    level: "fail",
    says: `${join(file, "data")} does not exist, and cannot be created in ${file}.`,
  });
});

test("a file in the place of the data folder is told", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "");

  expect(await checkFolder(file)).toEqual([
    {
      level: "fail",
      topic: "Data folder",
      says: `${file} is a file.`,
      cure: "Set HOOKWELL_DATA to a folder.",
    },
  ]);
});

test("little room is worth a word", () => {
  const [enough, little] = [0, 1].map((less) => checkRoom("/data", 512 * 1_048_576 - less));

  expect(enough).toMatchObject({ level: "ok", says: "/data, 512 MB free" });
  expect(little).toMatchObject({ level: "warn", says: "/data has only 512 MB left." });
});

test.for([
  ["the folder", ".", 0o710, "700"],
  ["the file of secrets", "secrets.json", 0o640, "600"],
  ["the token", "token", 0o604, "600"],
] as const)("%s that others can read is told with the cure", async ([, name, mode, cure]) => {
  await using folder = await tempFolder();
  for (const file of ["secrets.json", "token"]) await writeFile(join(folder.path, file), "", { mode: 0o600 });
  const path = join(folder.path, name);
  const isPrivate = await checkFolder(folder.path);

  await chmod(path, mode);
  const isOpen = await checkFolder(folder.path);

  expect(isPrivate[1]).toMatchObject({ level: "ok", topic: "Permissions" });
  expect(isOpen.slice(1)).toEqual([
    {
      level: "warn",
      topic: "Permissions",
      says: `${path} can be read by others.`,
      cure: `chmod ${cure} '${path}'`,
    },
  ]);
});

test("a folder of another user that this one may use by its group, as a volume in Kubernetes, is in order", async () => {
  await using folder = await tempFolder();
  await chmod(folder.path, 0o775);
  await writeFile(join(folder.path, "token"), "", { mode: 0o660 });
  await chmod(join(folder.path, "token"), 0o660);
  vi.spyOn(process, "getuid").mockReturnValue(65_533);

  const [, ...checks] = await checkFolder(folder.path);
  await chmod(join(folder.path, "token"), 0o664);
  const [, open] = await checkFolder(folder.path);

  expect(checks).toEqual([
    { level: "ok", topic: "Permissions", says: "Only the owner and the group can read secrets and events." },
  ]);
  expect(open).toMatchObject({ level: "warn", says: `${join(folder.path, "token")} can be read by others.` });
});
