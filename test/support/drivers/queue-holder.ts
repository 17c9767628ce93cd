/** Takes all that a queue has and keeps it until it is killed: the program of a test that needs another process. */
import { openSqliteQueue } from "../../../src/queue/drivers/sqlite/queue.ts";

const queue = openSqliteQueue(process.argv[2] ?? "", { leaseMs: 3_600_000 });
await queue.own([0]);
const held = await queue.receive(1_000, new AbortController().signal);
process.stdout.write(`${held.length}\n`);
// It lives until then; and if the test dies, it ends as well.
process.stdin.on("end", () => process.exit()).resume();
