/**
 * The first figures: how fast a request becomes durable, beside a server that keeps nothing, and how fast events that
 * wait are settled. `--quick` takes about half a minute.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { median, whole } from "./numbers.ts";
import { measureReceiving } from "./receive.ts";
import { measureSettling } from "./settle.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const [seconds, rounds] = values.quick ? [2, 1] : [5, 3];

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}\n`);

console.log("Receiving, events per second; each ratio is of one pair of runs, one after the other\n");
for (const load of [
  { connections: 50, batch: 1 },
  { connections: 10, batch: 500 },
]) {
  const row = await measureReceiving({ ...load, seconds }, rounds);
  console.log(
    `${row.what.padEnd(36)} bare ${whole(row.bare).padStart(9)}   hookwell ${whole(row.hookwell).padStart(9)}   ` +
      `ratio ${median(row.ratios).toFixed(2)} (${row.ratios.map((ratio) => ratio.toFixed(2)).join(" ")})   ` +
      `p50 ${row.p50} ms   p99 ${row.p99} ms`,
  );
}

const count = values.quick ? 60_000 : 300_000;
const speeds = await measureSettling(count, rounds);
console.log(
  `\nSettling ${whole(count)} waiting events, no-op handler: ${speeds.map(whole).join(", ")} events per second`,
);
