import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { MessageFields } from "../../../src/testing/builders.ts";
import { testApi, type TestApi } from "./api.ts";
import { type CliWorld, type Finished, folderThatAnswers, runCli } from "./cli.ts";
import { tempFolder } from "../temp-folder.ts";

/** The time in the world of these commands, ms since 1970. */
export const now: number = Date.UTC(2026, 10, 24, 12);
/** Entity and id of `anEvent`. */
export const message = "message:7b1d9e04-5c3f-4c9a-9b1e-2f6d8a7c0e55";
export const eventId = "5c4d0c1e-93a8-4f5e-9d53-1a2b3c4d5e6f";

export interface Reader extends AsyncDisposable {
  readonly api: TestApi;
  /** The folder in which its commands run. */
  readonly cwd: string;
  readonly run: (argv: readonly string[], world?: Partial<CliWorld>) => Promise<Finished>;
}

/** A data folder on which no server runs: commands open it themselves. */
export async function aDataFolder(): Promise<Reader> {
  const folder = await tempFolder();
  await mkdir(join(folder.path, ".hookwell"));
  const api = testApi({ now: () => now });
  const openLocalApi = folderThatAnswers((request) => api.api.fetch(request));
  return {
    api,
    cwd: folder.path,
    run: (argv, world = {}) => runCli(argv, { cwd: folder.path, now, openLocalApi, ...world }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Received a little more than three minutes ago. */
export const anEvent = (fields: MessageFields = {}): MessageFields => ({
  eventId,
  entity: message,
  receivedAt: now - 190_000,
  occurredAt: now - 191_000,
  ...fields,
});
