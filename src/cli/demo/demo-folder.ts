import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "../../lib/at-exit.ts";

/** A folder in the system's temp folder, gone when it is disposed of, or when the process ends before. */
export interface DemoFolder extends Disposable {
  readonly path: string;
}

export async function demoFolder(): Promise<DemoFolder> {
  const path = await mkdtemp(join(tmpdir(), "hookwell-demo-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  const exit = atExit(remove);
  return {
    path,
    [Symbol.dispose]: () => {
      exit[Symbol.dispose]();
      remove();
    },
  };
}
