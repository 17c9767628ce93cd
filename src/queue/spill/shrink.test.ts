import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { SqliteFile } from "../../lib/sqlite/sqlite-file.ts";
import { spillSchema } from "./schema.ts";
import { shrink } from "./shrink.ts";

test.for([
  ["a flush that fails", "disk I/O error", 1_034, 2],
  ["a disk that is full", "database or disk is full", 13, 1],
  ["somebody who reads the file", "database is locked", 5, 1],
] as const)(
  "%s fails nothing that was asked, and only after the first is the file opened anew",
  async ([, message, errcode, openings]) => {
    await using folder = await tempFolder();
    let opened = 0;
    const store = {
      shrink: (): void => {
        throw Object.assign(new Error(message), { errcode });
      },
    };
    const file = new SqliteFile(join(folder.path, "spill-0.db"), spillSchema, {}, () => {
      opened += 1;
      return store;
    });

    shrink(file);
    file.use(() => undefined);

    expect(opened).toBe(openings);
    file.close();
  },
);
