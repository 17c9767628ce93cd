import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { openDatabase } from "../../lib/sqlite.ts";
import { spillSchema } from "./schema.ts";
import { SpillStore } from "./store.ts";

test("no more is read at once when it has many bytes, of one shard or of several", async () => {
  await using folder = await tempFolder();
  const db = openDatabase(join(folder.path, "spill-0.db"), spillSchema);
  const store = new SpillStore(db);
  const large = new Uint8Array(9 * 1_024 * 1_024);
  const shards = [0, 0, 0, 1];
  store.add(
    shards.map((shard) => ({ shard, lane: "", at: 1 })),
    shards.map(() => large),
  );

  const rows = store.next({ shards: [0, 1], without: [], sent: [], max: 500 });

  expect(rows.map(({ shard }) => shard)).toEqual([0, 0]);
  db.close();
});
