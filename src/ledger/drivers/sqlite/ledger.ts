import { DataInUseError, DataUnusableError, LedgerUnavailableError } from "../../../errors.ts";
import { encodeMessage, decodeMessage, type Message } from "../../../event/message.ts";
import { FileThread } from "../../../lib/threads/file-thread.ts";
import { pack } from "../../../lib/threads/spans.ts";
import { isBusy, isDamage } from "../../../lib/sqlite/sqlite-errors.ts";
import { openDatabase, sqliteReport } from "../../../lib/sqlite/sqlite.ts";
import { threadUrl } from "../../../lib/threads/thread-client.ts";
import type { LedgerDriver, Settlement, Verdict } from "../../driver.ts";
import { EmbeddedLedger } from "../../embedded-ledger.ts";
import { parseCursor } from "../../list-place.ts";
import type { Change, EventDetail, EventFilter, EventRecord, LedgerStats, Page } from "../../record.ts";
import { inFull } from "./admission.ts";
import { toColumns } from "./settlement-columns.ts";
import { ledgerOpening, ledgerSchema } from "./schema.ts";
import type { LedgerCalls, LedgerThreadData } from "./thread.ts";
import { isError } from "../../../lib/is-error.ts";

/**
 * The embedded ledger: one SQLite file, owned by one process at a time and worked on by a thread of its own. Calls
 * that arrive together share one transaction.
 *
 * @throws {DataInUseError} if another process has it open
 * @throws {DataVersionError} if a newer Hookwell wrote the file
 */
export async function openSqliteLedger(path: string): Promise<LedgerDriver> {
  let ledger: SqliteLedger | undefined;
  try {
    ledger = new SqliteLedger(path, historyOf(path));
    // The thread takes the lock with its first call, and keeps it.
    await ledger.latestChange();
    return ledger;
  } catch (cause) {
    await ledger?.close();
    if (isDamage(cause)) throw new DataUnusableError(path, cause as Error);
    throw isLocked(cause) ? new DataInUseError(path, { cause }) : cause;
  }
}

/** The name of the history in a file; read at start, so that a wrong file or folder is not told at the first event. */
function historyOf(path: string): string {
  const db = openDatabase(path, ledgerSchema, ledgerOpening);
  try {
    return String(db.prepare("select name from history").get()?.["name"]);
  } finally {
    db.close();
  }
}

/** An error that comes from the thread has kept only its message. */
const isLocked = (error: unknown): boolean =>
  isBusy(error) || (isError(error) && error.message.includes("database is locked"));

/** After this many ms, a search for text whose page is not full gives what it has, and where to go on. */
const searchMs = 500;

class SqliteLedger extends EmbeddedLedger implements LedgerDriver {
  readonly #thread: FileThread<LedgerCalls>;

  constructor(path: string, history: string) {
    super(history, sqliteReport(path));
    const data: LedgerThreadData = { path };
    const owner = { part: "ledger", file: "ledger's file", Unavailable: LedgerUnavailableError };
    this.#thread = new FileThread(threadUrl(new URL("./thread.js", import.meta.url)), data, owner);
  }

  async admit(messages: readonly Message[]): Promise<readonly Verdict[]> {
    const { value } = await this.#thread.call("admit", undefined, pack(messages.map(encodeMessage)));
    return value.map(inFull);
  }

  async begin(message: Message, startedAt: number): Promise<void> {
    const start = async (): Promise<boolean> =>
      (await this.#thread.call("begin", [message.eventId, startedAt])).value;
    if (await start()) return;
    if ((await this.admit([message]))[0]?.kind !== "fresh" || (await start())) return;
    // As in `settle`. A start that was not written down would not count if the handler ended the process.
    throw new LedgerUnavailableError("The ledger's file failed while a start was written down.");
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    const unknown = await this.#settle(settlements);
    if (unknown.length === 0) return unknown;
    // The thread lost its memory after an error of the file, so it is told of these events once more.
    const verdicts = await this.admit(unknown.map(({ message }) => message));
    const lost = await this.#settle(unknown.filter((_, index) => verdicts[index]?.kind === "fresh"));
    // Upkeep that finds the disk full makes the thread forget again. Admitting an event needs no room and never fails,
    // so this could go on for ever.
    if (lost.length > 0)
      throw new LedgerUnavailableError("The ledger's file failed while events were settled.");
    return [];
  }

  /** Those that the thread does not know to be under way. */
  async #settle(settlements: readonly Settlement[]): Promise<readonly Settlement[]> {
    const { value } = await this.#thread.call("settle", toColumns(settlements));
    return value.flatMap((index) => settlements[index] ?? []);
  }

  async get(eventId: string): Promise<EventDetail | undefined> {
    return (await this.#thread.call("get", eventId)).value;
  }

  async list(filter: EventFilter, limit: number, cursor: string | null): Promise<Page<EventRecord>> {
    // Here, since of an error in the thread only the message arrives.
    parseCursor(cursor);
    const items: EventRecord[] = [];
    const until = performance.now() + searchMs;
    let next = cursor;
    // A search for text comes in pieces, so that events which settle meanwhile need not wait for all of it.
    do {
      const { value } = await this.#thread.call("list", [filter, limit - items.length, next]);
      items.push(...value.items);
      ({ next } = value);
    } while (next !== null && items.length < limit && performance.now() < until);
    return { items, next };
  }

  async timeline(entity: string, limit: number): Promise<readonly EventRecord[]> {
    return (await this.#thread.call("timeline", [entity, limit])).value;
  }

  async changes(after: number, limit: number): Promise<readonly Change[]> {
    return (await this.#thread.call("changes", [after, limit])).value;
  }

  async latestChange(): Promise<number> {
    return (await this.#thread.call("latestChange", undefined)).value;
  }

  async message(eventId: string): Promise<Message | undefined> {
    const { parts } = await this.#thread.call("message", eventId);
    return parts[0] === undefined ? undefined : decodeMessage(parts[0]);
  }

  async reopen(eventId: string, copy: string): Promise<void> {
    await this.#thread.call("reopen", [eventId, copy]);
  }

  async stats(): Promise<LedgerStats> {
    return (await this.#thread.call("stats", undefined)).value;
  }

  async removeDead(eventId: string): Promise<boolean> {
    return (await this.#thread.call("removeDead", eventId)).value;
  }

  async prune(before: number): Promise<number> {
    let removed = 0;
    for (;;) {
      const { value } = await this.#thread.call("prune", before);
      removed += value;
      if (value === 0) return removed;
    }
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
