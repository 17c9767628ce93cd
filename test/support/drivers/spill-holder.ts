/**
 * Keeps messages in a slot of a data folder until it is killed, after it has forwarded some of what it found: the
 * program of a test that needs another process.
 */
import { pack } from "../../../src/lib/threads/spans.ts";
import { allShards } from "../../../src/queue/driver.ts";
import { takeSlot } from "../../../src/queue/spill/slot.ts";

const [data = "", name = "", count = "0", forwarded = "0"] = process.argv.slice(2);
const slot = await takeSlot(data);
const found = await slot.next({ shards: allShards, without: [], sent: [], max: Number(forwarded) });
await slot.remove(found.map(({ id }) => id));
const all = Array.from({ length: Number(count) }, (_, index) => `${name} ${index}`);
await slot.add(
  all.map((lane, shard) => ({ shard: shard % 16, lane, at: Date.now() })),
  pack(all.map((text) => Buffer.from(text))),
);
process.stdout.write("kept\n");
// It lives until then; and if the test dies, it ends as well. The slot is named here, since one that nobody can reach
// is collected, and its lock with it.
process.stdin.on("end", () => void slot.close().then(() => process.exit())).resume();
