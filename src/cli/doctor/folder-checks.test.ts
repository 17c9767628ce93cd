import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { checkFolder } from "./folder-checks.ts";

test("a data folder that is not there is well if it can be made", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "");

  const [can] = await checkFolder(join(folder.path, "some", "data"));
  const [cannot] = await checkFolder(join(file, "data"));

  expect(can).toMatchObject({ level: "ok" });
  expect(cannot).toMatchObject({
    level: "fail",
    says: `${join(file, "data")} is not there, and cannot be made in ${file}.`,
  });
});
