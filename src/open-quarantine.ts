import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canBeWritten } from "./config/folder/data-folder.ts";
import { ConfigError, DataUnusableError } from "./errors.ts";
import type { Log } from "./log.ts";
import { Quarantine } from "./receive/quarantine.ts";
import type { QuarantineLimits } from "./receive/quarantine-store.ts";

// What it means for deliveries is told by the queue (`queue.no_spill`), and does not concern a worker.
const cure =
  "refused requests and the use counts of secrets are kept only until the process ends: " +
  "set HOOKWELL_DATA to a writable folder that outlives the process";

/**
 * The quarantine for a command. It has no limits: a command may not know those of the server, and is to remove nothing
 * that the server keeps. If there is none yet, an empty one in the temp folder will do: one in the data folder could be
 * a file that the server may not use.
 *
 * @throws {DataUnusableError} if the file cannot be opened
 */
export async function lookIntoQuarantine(data: string): Promise<Quarantine> {
  const path = join(data, fileName);
  const limits = { maxCount: Infinity, maxBytes: Infinity };
  const folder = existsSync(path) ? undefined : await makeTemporary().catch(() => undefined);
  return folder === undefined ? new Quarantine(path, limits) : new TemporaryQuarantine(folder, limits);
}

/**
 * Opens the quarantine of a data folder. If that cannot be written, as in a container without a volume, opens one in
 * the system's temp folder, which is gone at the end.
 *
 * @throws {DataUnusableError} if the folder can be written, but its file is damaged
 */
export async function openQuarantine(data: string, limits: QuarantineLimits, log: Log): Promise<Quarantine> {
  try {
    return new Quarantine(join(data, fileName), limits);
  } catch (error) {
    if (!(error instanceof DataUnusableError) || (await canBeWritten(data))) throw error;
    const folder = await temporaryFolder(data);
    log.warn("data.not_writable", { folder: data, cure });
    return new TemporaryQuarantine(folder, limits);
  }
}

const makeTemporary = (): Promise<string> => mkdtemp(join(tmpdir(), "hookwell-"));

/** @throws {ConfigError} if none can be made, as where everything is read-only */
async function temporaryFolder(data: string): Promise<string> {
  try {
    return await makeTemporary();
  } catch (cause) {
    const problem =
      `HOOKWELL_DATA (--data) is ${data}, and nothing can be written there, nor into the temp folder ${tmpdir()} ` +
      `(${(cause as Error).message}): make one of them writable, or name another temp folder by TMPDIR.`;
    throw new ConfigError([problem], { cause });
  }
}

const fileName = "receive.db";

class TemporaryQuarantine extends Quarantine {
  readonly #folder: string;

  constructor(folder: string, limits: QuarantineLimits) {
    super(join(folder, fileName), limits);
    this.#folder = folder;
  }

  override async close(): Promise<void> {
    await super.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
