import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type Config, type ConfigSources, loadConfig } from "../../../src/config/load-config.ts";
import { ConfigError } from "../../../src/errors.ts";
import { tempFolder, type TempFolder } from "../temp-folder.ts";

export interface ConfigFolder {
  readonly path: string;
  /** Loads the configuration as if the program was started in the folder. */
  readonly load: (sources?: Partial<ConfigSources>) => Promise<Config>;
  /** Writes a file into it. */
  readonly write: (name: string, text: string | Uint8Array) => Promise<void>;
}

/** A folder for each test of a file. */
export function configFolder(): ConfigFolder {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());
  return {
    get path() {
      return folder.path;
    },
    load: (sources = {}) => loadConfig({ env: {}, flags: {}, cwd: folder.path, ...sources }),
    write: (name, text) => writeFile(join(folder.path, name), text),
  };
}

/** What is wrong with a configuration, a sentence each. */
export async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  const error = await loading.then(
    () => undefined,
    (error: unknown) => error,
  );
  return error instanceof ConfigError ? error.problems : [`no ConfigError: ${String(error)}`];
}
