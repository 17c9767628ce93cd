import { accessSync, constants } from "node:fs";
import { DataUnusableError } from "../../errors.ts";
import { makeFolder } from "../../lib/make-folder.ts";
import { silentLog, type Log } from "../../log.ts";
import { SpillFiles, type SpillFile } from "./file.ts";
import { LeftFiles, numbersIn } from "./left-files.ts";
import { lockFile, mostFiles, type LockedFile } from "./locked-file.ts";
import { OwnFile } from "./own-file.ts";
import { searchAlone } from "./search.ts";
import type { SpillDepth } from "./store.ts";

/** What waits on this machine: first in the files that dead processes left in this folder, then in our own. */
export interface SpillSlot extends Omit<SpillFile, "depth" | "isDamaged"> {
  depth(): Promise<Omit<SpillDepth, "newestAt">>;
  /** Takes over what dead processes have left since; gives how many events, which may be of any shard. */
  adopt(): Promise<number>;
}

/**
 * Each process that receives has a file of its own, which no other living process has, so only it forwards what it
 * kept. A process that starts where others have died has all that they left at once, and goes on in the last of their
 * files.
 *
 * @throws {DataUnusableError} if the folder cannot be used
 */
export async function takeSlot(data: string, log: Log = silentLog): Promise<SpillSlot> {
  assertWritable(data);
  const files = new SpillFiles();
  const left = new LeftFiles(files, data, log);
  const begin = (): LockedFile => newFile(files, data);
  let own: OwnFile;
  try {
    const first = await searchAlone(data, async () => {
      await left.take();
      return left.pop() ?? begin();
    });
    own = new OwnFile({ first, begin, setAside: (number, error) => left.setAside(number, error) });
  } catch (error) {
    await files.close();
    throw error instanceof DataUnusableError ? error : new DataUnusableError(data, error as Error);
  }
  const all = (): readonly (LockedFile | OwnFile)[] => [...left.all, own];
  return {
    add: (places, messages) => own.add(places, messages),
    next: async (query) => {
      // All that was left came before what comes now.
      const rows = await left.next(query);
      return rows.length > 0 ? rows : own.next(query);
    },
    remove: async (ids) => {
      await Promise.all(all().map((file) => file.remove(ids)));
    },
    depth: async () => {
      const depths = await Promise.all(all().map((file) => file.depth()));
      return {
        messages: depths.reduce((sum, { messages }) => sum + messages, 0),
        oldestAgeMs: Math.max(...depths.map(({ oldestAgeMs }) => oldestAgeMs)),
      };
    },
    adopt: () => left.take(own.number),
    close: async () => {
      await Promise.all(all().map((file) => file.close()));
      await files.close();
    },
  };
}

/** Else each file in a folder that is read-only would be told to be unusable. */
function assertWritable(data: string): void {
  try {
    makeFolder(data);
    accessSync(data, constants.W_OK);
  } catch (error) {
    throw new DataUnusableError(data, error as Error);
  }
}

/** The first file that does not exist yet: the others belong to living processes, or are left to a person. */
function newFile(files: SpillFiles, data: string): LockedFile {
  const there = numbersIn(data);
  for (let number = 0; number < mostFiles; number += 1) {
    const file = there.includes(number) ? undefined : lockFile(files, data, number);
    if (file !== undefined) return file;
  }
  throw new Error(`More than ${mostFiles} processes share ${data}.`);
}
