import { QuarantineUnavailableError } from "../errors.ts";
import { FileThread } from "../lib/threads/file-thread.ts";
import { openDatabase } from "../lib/sqlite/sqlite.ts";
import { pack } from "../lib/threads/spans.ts";
import { threadUrl } from "../lib/threads/thread-client.ts";
import { quarantineSchema } from "./quarantine-schema.ts";
import type { KeptRow, QuarantineLimits, RefusedRow, SecretHits } from "./quarantine-store.ts";
import type { QuarantineCalls, QuarantineThreadData } from "./quarantine-thread.ts";

/** Why a request, or a part of one, was refused. The last two were signed by the sender. */
export type RefusedKind = "unsigned" | "mismatch" | "malformed" | "unusable";

/** A request that could not be accepted. */
export interface Refused {
  /** ms since 1970. */
  readonly receivedAt: number;
  readonly kind: RefusedKind;
  /** A sentence for people. */
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A kept request without its body. */
export interface KeptRequest extends Omit<Refused, "body"> {
  readonly id: string;
  /** Length of the body. */
  readonly bytes: number;
}

/**
 * How many requests of strangers may wait to be written. Further ones are answered but not kept, so that a flood costs
 * no more.
 */
const mostWaiting = 64;
/** And their bytes; a request larger than that waits only if it is alone. */
const mostWaitingBytes = 8 * 1_024 * 1_024;

/** Where refused requests wait for diagnosis and for a second check; bounded in count and in bytes. */
export class Quarantine {
  readonly #thread: FileThread<QuarantineCalls>;
  readonly #limits: QuarantineLimits;
  #waiting = 0;
  #waitingBytes = 0;

  /**
   * @param path the file; several processes may have it open
   * @throws {DataVersionError} if a newer Hookwell wrote it
   */
  constructor(path: string, limits: QuarantineLimits) {
    openDatabase(path, quarantineSchema).close();
    this.#limits = limits;
    const data: QuarantineThreadData = { path, limits };
    const owner = { part: "quarantine", file: "quarantine's file", Unavailable: QuarantineUnavailableError };
    this.#thread = new FileThread(threadUrl(new URL("./quarantine-thread.js", import.meta.url)), data, owner);
  }

  /** Whether there can be room for a body of so many bytes. */
  keeps(bytes: number): boolean {
    const { maxCount, maxBytes } = this.#limits;
    return maxCount > 0 && bytes <= maxBytes;
  }

  /** Resolves when they are durable. */
  async add(requests: readonly Refused[]): Promise<void> {
    await this.#thread.call("add", requests.map(toRow), bodiesOf(requests));
  }

  /** Keeps a request if there is room, and says nothing if not: such requests come from anywhere. */
  addIfRoom(request: Refused): void {
    const { length } = request.body;
    const isFull = this.#waiting >= mostWaiting || this.#waitingBytes + length > mostWaitingBytes;
    if (isFull && this.#waiting > 0) return;
    this.#waiting += 1;
    this.#waitingBytes += length;
    void this.add([request])
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
        this.#waitingBytes -= length;
      });
  }

  /** Newest first; `before` is the id of the last one seen. */
  async list(limit: number, before: string | null): Promise<readonly KeptRequest[]> {
    const { value } = await this.#thread.call("list", [
      before === null ? Number.MAX_SAFE_INTEGER : idOf(before),
      limit,
    ]);
    return value.map(toKept);
  }

  /** From the oldest to the newest. */
  async ids(): Promise<readonly string[]> {
    return (await this.#thread.call("ids", undefined)).value.map(String);
  }

  async get(id: string): Promise<Refused | undefined> {
    const { value, parts } = await this.#thread.call("get", idOf(id));
    const [body] = parts;
    return value === undefined || body === undefined ? undefined : { ...toKept(value), body };
  }

  /** False if there is no such request. */
  async remove(id: string): Promise<boolean> {
    return (await this.#thread.call("remove", idOf(id))).value;
  }

  /**
   * Puts others in the place of a request, in one step, so that of two who do it at once only one does. False if there is
   * no such request.
   */
  async replace(id: string, requests: readonly Refused[]): Promise<boolean> {
    const call = { id: idOf(id), rows: requests.map(toRow) };
    return (await this.#thread.call("replace", call, bodiesOf(requests))).value;
  }

  async count(): Promise<number> {
    return (await this.#thread.call("count", undefined)).value;
  }

  async countHits(hits: readonly SecretHits[]): Promise<void> {
    await this.#thread.call("hits", hits);
  }

  async secretUse(): Promise<readonly SecretHits[]> {
    return (await this.#thread.call("secretUse", undefined)).value;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

const bodiesOf = (requests: readonly Refused[]) => pack(requests.map(({ body }) => body));

const toRow = ({ receivedAt, kind, reason, headers }: Refused): RefusedRow => ({
  receivedAt,
  kind,
  genuine: kind === "malformed" || kind === "unusable",
  reason,
  headers: JSON.stringify(headers),
});

/** @throws {QuarantineUnavailableError} if the row is damaged */
function toKept(row: KeptRow): KeptRequest {
  const { id, at, kind, bytes, reason } = row;
  const headers = headersIn(row);
  // A damaged row may have anything in its columns, whatever its schema says.
  const areTexts = typeof kind === "string" && typeof reason === "string";
  const areNumbers = Number.isInteger(bytes) && Number.isInteger(new Date(at).valueOf());
  if (headers !== undefined && areTexts && areNumbers)
    return { id: String(id), receivedAt: at, kind: kind as RefusedKind, bytes, reason, headers };
  const cure = `\`hookwell quarantine remove ${id}\` removes it`;
  throw new QuarantineUnavailableError(`The quarantine's file: request ${id} is damaged; ${cure}.`);
}

function headersIn({ headers }: KeptRow): Record<string, string> | undefined {
  try {
    return (JSON.parse(headers) as Record<string, string> | null) ?? undefined;
  } catch {
    // The parser's message quotes the text, which must not reach a log.
    return undefined;
  }
}

/** An id that is not a number names nothing. */
const idOf = (id: string): number => (/^\d{1,15}$/.test(id) ? Number(id) : -1);
