import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { eventually } from "../../../src/testing/eventually.ts";

/**
 * Stops a process like SIGSTOP, and resolves when it stands still: each of its threads stops only when it next enters
 * the kernel, and on a busy machine it may answer a request before.
 */
export async function standStill(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const threads = `/proc/${pid}/task`;
  await eventually(async () => {
    for (const thread of await readdir(threads)) {
      assert.match(await readFile(`${threads}/${thread}/stat`, "utf8"), /\) T /);
    }
  });
}
