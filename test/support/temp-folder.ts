import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of its own, gone with all that is in it at the end of the block that holds it. */
export interface TempFolder extends AsyncDisposable {
  readonly path: string;
}

/**
 * @example
 * ```ts
 * await using folder = await tempFolder();
 * ```
 */
export async function tempFolder(above: string = tmpdir()): Promise<TempFolder> {
  const path = await mkdtemp(join(above, "hookwell-test-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
}
