import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DataUnusableError, DataVersionError, QueueUnavailableError } from "../../errors.ts";
import { takeLock, type FileLock } from "../../lib/file-lock.ts";
import { makeFolder } from "../../lib/make-folder.ts";
import { pack } from "../../lib/spans.ts";
import { ThreadError } from "../../lib/thread-client.ts";
import { errorFields, silentLog, type Log } from "../../log.ts";
import { allShards } from "../driver.ts";
import { openSpillFile, type SpillFile } from "./file.ts";

/** More receivers than this never share a folder; the end of a search. */
const mostSlots = 1_000;
/** How many are taken over at once. */
const batch = 500;

/** The file of this process, and those that dead ones left. */
export interface SpillSlot {
  readonly file: SpillFile;
  /**
   * Puts behind what waits here what dead processes left in this folder. A file that only a person can mend is told once,
   * and left to them.
   *
   * @param entering told before some of a shard are put here
   */
  adopt(entering: (shards: readonly number[]) => void): Promise<void>;
  close(): Promise<void>;
}

/**
 * Each process that receives has a file of its own: the first that no living one has. So nobody but it forwards what it
 * kept, and who starts in the place of a dead one finds what that one left.
 *
 * @throws {DataVersionError} if a newer Hookwell wrote the file
 * @throws {DataUnusableError} if it is damaged, or cannot be written
 */
export function takeSlot(data: string, log: Log = silentLog): SpillSlot {
  try {
    makeFolder(data);
  } catch (error) {
    throw new DataUnusableError(data, error as Error);
  }
  for (let number = 0; number < mostSlots; number += 1) {
    const lock = lockOf(data, number);
    if (lock !== undefined) return slotOf(data, number, lock, log);
  }
  throw new Error(`More than ${mostSlots} processes share ${data}.`);
}

function slotOf(data: string, own: number, lock: FileLock, log: Log): SpillSlot {
  const file = opened(pathOf(data, own), lock);
  /** Our own, and those that are left to a person. */
  const others = new Set([own]);
  return {
    file,
    adopt: async (entering) => {
      const failures: unknown[] = [];
      for (const number of slotsIn(data)) {
        if (others.has(number)) continue;
        try {
          await adoptOne(data, number, file, entering);
        } catch (error) {
          // One that cannot be read must not keep the others from being taken over.
          if (!isUnusable(error)) {
            failures.push(error);
            continue;
          }
          others.add(number);
          log.error("queue.spill_left", errorFields(error));
        }
      }
      if (failures.length > 0) throw failures[0];
    },
    close: async () => {
      await file.close();
      lock.release();
    },
  };
}

async function adoptOne(
  data: string,
  number: number,
  into: SpillFile,
  entering: (shards: readonly number[]) => void,
): Promise<void> {
  const lock = lockOf(data, number);
  if (lock === undefined) return;
  const path = pathOf(data, number);
  const left = opened(path, lock);
  try {
    await moveAll(left, into, entering);
    const { messages } = await left.depth();
    await left.close();
    if (messages > 0) return;
    for (const suffix of ["-wal", "-shm", ""]) rmSync(`${path}${suffix}`, { force: true });
  } finally {
    await left.close();
    lock.release();
  }
}

/** Each is in one of the two at any moment; in both if the process ends in between, and then it goes twice. */
async function moveAll(
  from: SpillFile,
  into: SpillFile,
  entering: (shards: readonly number[]) => void,
): Promise<void> {
  for (;;) {
    const rows = await from.next({ shards: allShards, without: [], sent: [], max: batch });
    if (rows.length === 0) return;
    entering(rows.map(({ shard }) => shard));
    await into.add(
      rows.map(({ shard, lane, at }) => ({ shard, lane, at })),
      pack(rows.map(({ message }) => message)),
    );
    await from.remove(rows.map(({ id }) => id));
  }
}

/** Whether a file stays as it is, however often it is tried; its thread has only the code of such an error. */
function isUnusable(error: unknown): boolean {
  if (error instanceof DataUnusableError || error instanceof DataVersionError) return true;
  if (!(error instanceof QueueUnavailableError)) return false;
  return error.cause instanceof ThreadError && error.cause.code === "DATA_UNUSABLE";
}

function opened(path: string, lock: FileLock): SpillFile {
  try {
    return openSpillFile(path);
  } catch (error) {
    lock.release();
    throw error;
  }
}

const pathOf = (data: string, number: number): string => join(data, `spill-${number}.db`);
const lockOf = (data: string, number: number): FileLock | undefined =>
  takeLock(join(data, `spill-${number}.lock`));

const slotsIn = (data: string): readonly number[] =>
  readdirSync(data).flatMap((name) => {
    const number = /^spill-(\d+)\.db$/.exec(name)?.[1];
    return number === undefined ? [] : Number(number);
  });
