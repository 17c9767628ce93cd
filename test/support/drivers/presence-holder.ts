/** Holds a presence until it is killed: the program of a test that needs another process. */
import { Presence } from "../../../src/queue/drivers/sqlite/presence.ts";

const alone = new Presence(process.argv[2] ?? "").enter();
process.stdout.write(alone ? "alone\n" : "in company\n");
// It lives until then; and if the test dies, it ends as well.
process.stdin.on("end", () => process.exit()).resume();
