import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { oneIn } from "../../src/lib/random.ts";
import { between } from "../chance.ts";
import { plain, type Fault } from "../fault.ts";
import { usualFor } from "../setting.ts";

const script = fileURLToPath(new URL("hold-lock.ts", import.meta.url));

/** Another program, such as a backup, has the queue's file. */
export const busy: Fault = {
  ...plain,
  name: "busy",
  about: "another process holds the lock of the queue's file (SQLITE_BUSY), or reads it for long",
  rounds: { usual: 4, quick: 1 },
  setting: (quick) => ({ ...usualFor(quick), settleMs: 30_000 }),
  strike: async ({ send, random, quick, stage, count }) => {
    const sending = send();
    await sending.until(({ acknowledged }) => acknowledged >= 10);
    const how = !quick && oneIn(random, 4) ? "read" : "write";
    const lateBefore = sending.tally.late;
    await holdLock(join(stage.data, "queue.db"), how, quick ? 2_500 : between(random, 3_000, 14_000));
    count(how === "read" ? "locked by a reader" : "locked by a writer");
    const late = sending.tally.late - lateBefore;
    if (late > 0) {
      stage.records.violate({
        rule: "answer",
        text: `${late} requests had no answer within 10 s under the lock.`,
      });
    }
  },
};

/** Resolves when the lock was held for so long and is free again. */
async function holdLock(path: string, how: "read" | "write", ms: number): Promise<void> {
  const child = spawn(process.execPath, [script, path, how, String(Math.round(ms))], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`The lock on ${path} was not held: exit code ${String(code)}.`);
}
