import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import { join } from "node:path";

/** Folders for what is kept while measuring, all of which go at the end. */
export class Folders {
  readonly base: string;

  /** @param inside a folder on the disk that is to be measured */
  constructor(inside: string) {
    mkdirSync(inside, { recursive: true });
    this.base = mkdtempSync(join(inside, "run-"));
    // A program that was just killed may still write its last file.
    process.on("exit", () =>
      rmSync(this.base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
    );
  }

  make(): string {
    return mkdtempSync(join(this.base, "data-"));
  }

  async remove(folder: string): Promise<void> {
    await rm(folder, { recursive: true });
  }

  /** @throws {Error} if there is no room for this much */
  async assertRoom(gigabytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.base);
    const free = (bavail * bsize) / 2 ** 30;
    if (free >= gigabytes) return;
    throw new Error(
      `${this.base} has ${free.toFixed(1)} GB free, and this needs ${gigabytes.toFixed(1)} GB. ` +
        "Give --data a folder on a larger disk, or --ledger a smaller number.",
    );
  }
}
