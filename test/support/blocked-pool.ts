import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

/** Node's usual number. */
const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);

/**
 * All threads of Node's pool wait for a pipe into which nobody writes, as handlers make them wait for a disk that hangs.
 *
 * @param folder where the pipe is
 * @returns ends that
 */
export function blockPool(folder: string): AsyncDisposable {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const opening = Array.from({ length: threads }, () => open(pipe));
  return {
    async [Symbol.asyncDispose]() {
      const writing = openSync(pipe, "w");
      for (const file of await Promise.all(opening)) await file.close();
      closeSync(writing);
    },
  };
}
