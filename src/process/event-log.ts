import { once } from "node:events";
import { lstat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { createStream, type RotatingFileStream } from "rotating-file-stream";
import { ConfigError } from "../errors.ts";
import { bomLength } from "../event/splitter.ts";
import type { HookwellEvent } from "../event/typed-event.ts";
import { makeFolder } from "../lib/make-folder.ts";

/** What is shown of an event. */
export interface PrintedEvent extends Pick<
  HookwellEvent,
  "eventId" | "name" | "entity" | "revision" | "receivedAt"
> {
  readonly body: Uint8Array;
}

/** A file of this size is put aside and a new one begun; so many are kept. */
const rotation = { size: "10M", maxFiles: 5 } as const;

/** The rolling file of events, one JSON line each, for when no handler is configured. */
export class EventLog {
  readonly #path: string;
  readonly #size: string;
  #stream: Promise<RotatingFileStream> | undefined;

  private constructor(path: string, size: string) {
    this.#path = path;
    this.#size = size;
  }

  /**
   * @param path absolute; its folder is made for the owner alone
   * @param size at which a new file is begun, such as `10M`
   * @throws {ConfigError} if it cannot be written there, naming HOOKWELL_EVENT_LOG
   */
  static async open(path: string, size: string = rotation.size): Promise<EventLog> {
    const log = new EventLog(path, size);
    await log.#opened();
    return log;
  }

  /** Appends an event; resolves when the file has it. After a failure the file is opened anew with the next event. */
  async append(event: PrintedEvent): Promise<void> {
    const opening = this.#opened();
    const stream = await opening;
    await new Promise<void>((resolve, reject) => {
      stream.write(eventLine(event), (error) => {
        if (!error) return resolve();
        this.#forget(opening);
        return reject(error);
      });
    });
  }

  async close(): Promise<void> {
    const stream = await this.#stream?.catch(() => undefined);
    if (stream === undefined) return;
    await new Promise<void>((resolve) => {
      stream.end(() => resolve());
    });
  }

  #opened(): Promise<RotatingFileStream> {
    if (this.#stream !== undefined) return this.#stream;
    const opening = openStream(this.#path, this.#size);
    const forget = (): void => this.#forget(opening);
    void opening.then((stream) => stream.on("error", forget), forget);
    this.#stream = opening;
    return opening;
  }

  #forget(stream: Promise<RotatingFileStream>): void {
    if (this.#stream === stream) this.#stream = undefined;
  }
}

async function openStream(path: string, size: string): Promise<RotatingFileStream> {
  await openFolder(dirname(path));
  try {
    const stream = createStream(basename(path), { ...rotation, size, path: dirname(path), mode: 0o600 });
    await once(stream, "open");
    return stream;
  } catch (cause) {
    const problem =
      `HOOKWELL_EVENT_LOG (--event-log) is ${path}, which cannot be written (${(cause as Error).message}): ` +
      "name another file, or off.";
    throw new ConfigError([problem], { cause });
  }
}

/** The head of the event and, unchanged, its body; a line break in the body can only stand between its tokens. */
function eventLine({ eventId, name, entity, revision, receivedAt, body }: PrintedEvent): Uint8Array {
  const head = JSON.stringify({ eventId, name, entity, revision, receivedAt });
  const oneLine = Buffer.from(body.subarray(bomLength(body))).map((byte) =>
    byte === 0x0a || byte === 0x0d ? 0x20 : byte,
  );
  return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"body":`), oneLine, Buffer.from("}\n")]);
}

/** Everybody may write to the temp folder, so a link or somebody else's folder that stands in our way is refused. */
async function openFolder(folder: string): Promise<void> {
  try {
    makeFolder(folder);
    const found = await lstat(folder);
    const own = typeof process.getuid !== "function" || found.uid === process.getuid();
    if (found.isDirectory() && own) return;
  } catch (cause) {
    throw new ConfigError([`${problemOf(folder)} (${(cause as Error).message})`], { cause });
  }
  throw new ConfigError([problemOf(folder)]);
}

const problemOf = (folder: string): string =>
  `HOOKWELL_EVENT_LOG (--event-log) is in ${folder}, which is not a folder of this user: name another file, or off.`;
