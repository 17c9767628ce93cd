import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { SqliteFile } from "../../lib/sqlite/sqlite-file.ts";
import { spillSchema } from "./schema.ts";
import { shrink } from "./shrink.ts";

test("a flush that fails meanwhile fails nothing that was asked, and the file is opened anew with a whole log", async () => {
  await using folder = await tempFolder();
  let opened = 0;
  const store = {
    shrink: (): void => {
      throw Object.assign(new Error("disk I/O error"), { errcode: 1_034 });
    },
  };
  const file = new SqliteFile(join(folder.path, "spill-0.db"), spillSchema, {}, () => {
    opened += 1;
    return store;
  });
  file.use(() => undefined);

  shrink(file);
  file.use(() => undefined);

  expect(opened).toBe(2);
  file.close();
});
