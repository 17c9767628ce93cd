import { existsSync } from "node:fs";
import { open, readdir, readFile, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { below, oneIn, pick } from "../../src/lib/random.ts";
import { readLog, type WriteAheadLog } from "./write-ahead-log.ts";

/** Disks write whole sectors. */
const sectorBytes = 512;

/**
 * Makes of the files of killed processes what a power cut at the same moment could have left: of everything that was
 * not flushed yet, any part may be there or not. Nothing that is committed is touched.
 *
 * @returns what was done, such as `half a transaction in queue.db-wal`
 */
export async function tearFiles(data: string, random: () => number): Promise<readonly string[]> {
  const done: string[] = [];
  for (const name of (await readdir(data)).filter((name) => name.endsWith(".db"))) {
    const path = join(data, name);
    const log = existsSync(`${path}-wal`) ? readLog(await readFile(`${path}-wal`)) : undefined;
    if (log !== undefined) {
      done.push(`${await tearLog(`${path}-wal`, log, random)} in ${name}-wal`);
      if (await tearPage(path, log, random)) done.push(`half a page that ${name}-wal holds in ${name}`);
    }
    if (oneIn(random, 2)) {
      await write(path, (await stat(path)).size, noise(sectorBytes * (1 + below(random, 7)), random));
      done.push(`half a page behind the end of ${name}`);
    }
    // This file is only a table of contents, is never flushed, and is made anew.
    if (existsSync(`${path}-shm`) && oneIn(random, 2)) {
      await write(`${path}-shm`, 0, noise((await stat(`${path}-shm`)).size, random));
      done.push(`noise in ${name}-shm`);
    }
  }
  return done;
}

/** How far the log of a database goes. */
export interface LogState {
  readonly file: string;
  readonly name: string;
  readonly end: number;
  /** When something was written back to the database. */
  readonly writtenAt: number;
}

/** Undefined if there is no log. */
export async function logState(data: string, file: string): Promise<LogState | undefined> {
  const path = join(data, file);
  const log = existsSync(`${path}-wal`) ? readLog(await readFile(`${path}-wal`)) : undefined;
  return log && { file, name: log.name, end: log.end, writtenAt: (await stat(path)).mtimeMs };
}

/**
 * Cuts a log off at a random byte behind an earlier state of it.
 *
 * @returns false if it has been flushed since, as it is before anything is written back; then all of it stays
 */
export async function truncateLog(data: string, earlier: LogState, random: () => number): Promise<boolean> {
  const now = await logState(data, earlier.file);
  if (now === undefined || now.name !== earlier.name || now.writtenAt !== earlier.writtenAt) return false;
  if (now.end <= earlier.end) return false;
  await truncate(join(data, `${earlier.file}-wal`), earlier.end + below(random, now.end - earlier.end));
  return true;
}

/** Begins a transaction behind the last committed one, and cuts it off at a random byte; or writes noise there. */
async function tearLog(path: string, log: WriteAheadLog, random: () => number): Promise<string> {
  const { pageSize, pages, end } = log;
  if (oneIn(random, 3)) {
    await write(path, end, noise(1 + below(random, 3 * pageSize), random));
    return "noise behind the last transaction";
  }
  const frames = Array.from({ length: 1 + below(random, 4) }, () =>
    log.nextFrame(pick(random, [...pages]) ?? 1, noise(pageSize, random)),
  );
  const bytes = Buffer.concat(frames);
  await write(path, end, bytes.subarray(0, 1 + below(random, bytes.length)));
  return "half a transaction";
}

/** Spoils sectors of a page on its way from the log to the database; the log still has it. */
async function tearPage(
  path: string,
  { pageSize, pages }: WriteAheadLog,
  random: () => number,
): Promise<boolean> {
  const size = (await stat(path)).size;
  const page = pick(
    random,
    [...pages].filter((page) => page * pageSize <= size),
  );
  if (page === undefined) return false;
  const from = sectorBytes * (1 + below(random, pageSize / sectorBytes - 1));
  await write(path, (page - 1) * pageSize + from, noise(pageSize - from, random));
  return true;
}

export function noise(bytes: number, random: () => number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, () => below(random, 256)));
}

export async function write(path: string, at: number, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, at);
}

/** @param bit of this byte, from 0 to 7 */
export async function flipBit(path: string, at: number, bit: number): Promise<void> {
  const byte = Buffer.alloc(1);
  await using file = await open(path, "r+");
  await file.read(byte, 0, 1, at);
  await file.write(Uint8Array.of((byte[0] ?? 0) ^ (1 << bit)), 0, 1, at);
}
