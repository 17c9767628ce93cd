/** Holds a presence until it is killed: the program of a test that needs another process. */
import { Presence } from "../../src/queue/drivers/sqlite/presence.ts";

const alone = new Presence(process.argv[2] ?? "").enter();
process.stdout.write(alone ? "alone\n" : "in company\n");
// Until then; and a test that dies takes it along.
process.stdin.on("end", () => process.exit()).resume();
