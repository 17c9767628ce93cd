/** Holds a presence until it is killed: the program of a test that needs another process. */
import { Presence } from "../../../src/queue/drivers/sqlite/presence.ts";

const presence = new Presence(process.argv[2] ?? "");
process.stdout.write(presence.enter() ? "alone\n" : "in company\n");
// It lives until then; and if the test dies, it ends as well. The presence is named here, since one that nobody can
// reach is collected, and its lock with it.
const end = (): never => {
  presence.leave();
  process.exit();
};
process.stdin.on("end", end).resume();
