import { dirname } from "node:path";
import { engineFile } from "../../lib/engines/engine-file.ts";
import { isServer } from "../../lib/engines/engine-url.ts";
import { troubles, volumeOf } from "../../lib/sqlite/volume.ts";
import type { Log } from "../../log.ts";
import type { Config } from "../load-config.ts";

/** What a process does, which decides what it keeps on this machine. */
interface Work {
  readonly receives: boolean;
  readonly withLedger: boolean;
}

/** A folder in which events are kept, and which may be gone sooner than they ought to be. */
export interface UnsafeFolder {
  readonly folder: string;
  /** What is wrong with it; a predicate to its name. */
  readonly says: string;
  readonly cure: string;
}

export function unsafeFolders(config: Config, work: Work): readonly UnsafeFolder[] {
  return foldersOfEvents(config, work).flatMap((folder) => {
    const volume = volumeOf(folder);
    return volume === "disk" ? [] : [{ folder, ...troubles[volume] }];
  });
}

/** Says it in the log. */
export function warnOfFolders(config: Config, work: Work, log: Log): void {
  for (const unsafe of unsafeFolders(config, work)) log.warn("data.not_durable", { ...unsafe });
}

function foldersOfEvents({ data, queue, ledger, spill }: Config, work: Work): readonly string[] {
  const files = [engineFile("queue", queue, data), work.withLedger && engineFile("ledger", ledger, data)];
  const folders = files.flatMap((file) => (file ? [dirname(file)] : []));
  const spills = work.receives && spill === "on" && isServer(queue);
  return [...new Set([...folders, ...(spills ? [data] : [])])];
}
