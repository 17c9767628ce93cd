import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type Config, type ConfigSources, loadConfig } from "../../src/config/load-config.ts";
import { ConfigError } from "../../src/errors.ts";

export interface ConfigFolder {
  readonly path: string;
  /** Loads the configuration as if the program was started in the folder. */
  readonly load: (sources?: Partial<ConfigSources>) => Promise<Config>;
  /** Writes a file into it. */
  readonly write: (name: string, text: string) => Promise<void>;
}

/** A folder for each test of a file. */
export function configFolder(): ConfigFolder {
  let path = "";
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "hookwell-config-"));
  });
  afterEach(() => rm(path, { recursive: true }));
  return {
    get path() {
      return path;
    },
    load: (sources = {}) => loadConfig({ env: {}, flags: {}, cwd: path, ...sources }),
    write: (name, text) => writeFile(join(path, name), text),
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
