import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { parseLine, type Entry } from "./journal.ts";

/** A journal that grows while it is read. A last line that is cut off is read once the rest of it is there. */
export class JournalFile {
  readonly path: string;
  readonly #entries: Entry[] = [];
  #offset = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** All that was written until now. */
  async read(): Promise<readonly Entry[]> {
    if (!existsSync(this.path)) return this.#entries;
    await using file = await open(this.path, "r");
    const { size } = await file.stat();
    const bytes = Buffer.alloc(size - this.#offset);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, this.#offset);
    const end = bytes.lastIndexOf("\n", bytesRead - 1) + 1;
    for (const line of bytes.toString("utf8", 0, end).split("\n").slice(0, -1)) {
      this.#entries.push(parseLine(line));
    }
    this.#offset += end;
    return this.#entries;
  }
}
