import type { Message } from "../event/message.ts";
import { replayCopy } from "../event/replay-copy.ts";
import type { EventFilter, EventRecord } from "../ledger/record.ts";
import { OneByOne } from "../lib/one-by-one.ts";
import type { ReplayResponse } from "./contract.ts";
import type { ApiParts } from "./parts.ts";

/** Which dead letters to replay. */
export interface ReplayOrder {
  readonly filter: EventFilter;
  /** Only these; `undefined` for all that match the filter. */
  readonly eventIds: ReadonlySet<string> | undefined;
  /** Count, but replay nothing. */
  readonly dryRun: boolean;
}

/** Most messages of one `put`. */
const mostAtOnce = 500;
/** A batch that has this many bytes is put, however few messages it holds, so that its memory is bounded. */
const batchBytes = 4 << 20;
/** Bodies read from the ledger at the same time; each may have some MiB. */
const readAtOnce = 8;

/**
 * Sends events on their way again, each as it was when somebody asked for it (`standingOf`). One batch after the other,
 * through all requests: each looks at the ledger after the one before has written to it, so that two people who press the
 * button do not replay everything twice.
 */
export class Replays {
  readonly #parts: ApiParts;
  readonly #steps = new OneByOne();

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /**
   * Replays an event, also one that waits for its next attempt or whose message was lost by its queue; false if there
   * is no such event.
   */
  one(eventId: string): Promise<boolean> {
    return this.#steps.run(async () => {
      const record = await this.#parts.ledger.get(eventId);
      return record !== undefined && (await this.#replay([record])) === 1;
    });
  }

  /**
   * Replays dead letters from the newest to the oldest. A call that fails half way has replayed the ones before;
   * those are dead letters no longer, so the same call may be sent again.
   */
  async many(order: ReplayOrder): Promise<ReplayResponse> {
    let [matched, replayed] = [0, 0];
    let cursor: string | null = null;
    do {
      const step = await this.#steps.run(() => this.#page(order, cursor));
      matched += step.matched;
      replayed += step.replayed;
      cursor = step.next;
    } while (cursor !== null);
    return { matched, replayed };
  }

  async #page(order: ReplayOrder, cursor: string | null): Promise<ReplayResponse & { next: string | null }> {
    const { records, next } = await this.#dead(order, cursor);
    return {
      matched: records.length,
      replayed: order.dryRun ? 0 : await this.#replay(records),
      next,
    };
  }

  async #dead(
    { filter, eventIds }: ReplayOrder,
    cursor: string | null,
  ): Promise<{ records: readonly EventRecord[]; next: string | null }> {
    const { ledger } = this.#parts;
    if (eventIds !== undefined && Object.keys(filter).length === 0) {
      const found = await inGroups(readAtOnce, [...eventIds], (eventId) => ledger.get(eventId));
      return { records: found.flatMap((record) => (record?.status === "dead" ? record : [])), next: null };
    }
    // The cursor is a place in the order of receipt, which a replay does not change: what leaves the list while it
    // is read moves nothing, and what dies again meanwhile is behind us.
    const page = await ledger.list({ ...filter, status: "dead" }, mostAtOnce, cursor);
    return { records: page.items.filter(({ eventId }) => eventIds?.has(eventId) ?? true), next: page.next };
  }

  async #replay(records: readonly EventRecord[]): Promise<number> {
    let batch: Message[] = [];
    let bytes = 0;
    let replayed = 0;
    const flush = async (): Promise<void> => {
      await this.#send(batch);
      replayed += batch.length;
      [batch, bytes] = [[], 0];
    };
    for (let at = 0; at < records.length; at += readAtOnce) {
      const group = records.slice(at, at + readAtOnce);
      const messages = await Promise.all(group.map(({ eventId }) => this.#parts.ledger.message(eventId)));
      for (const [index, message] of messages.entries()) {
        // It may have been removed a moment ago.
        if (message === undefined) continue;
        const copy = replayCopy(this.#parts.newCopy(), message.copy, group[index]?.attempts ?? 0);
        batch.push({ ...message, copy, replay: true });
        bytes += message.body.length;
        if (batch.length === mostAtOnce || bytes >= batchBytes) await flush();
      }
    }
    await flush();
    return replayed;
  }

  /**
   * The queue comes first: once it has the messages, they will be handled. A crash before the ledger reopens them
   * only leaves the old status to be seen until the replay settles. The other way round, events would stay pending
   * for ever with nothing on its way. If the replay is faster than `reopen`, the ledger knows its copy and does
   * nothing.
   */
  async #send(batch: readonly Message[]): Promise<void> {
    if (batch.length === 0) return;
    await this.#parts.queue.put(batch);
    // All at the same time, since a ledger may be far away.
    await Promise.all(batch.map(({ eventId, copy }) => this.#parts.ledger.reopen(eventId, copy)));
  }
}

async function inGroups<Item, Result>(
  size: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += size) {
    results.push(...(await Promise.all(items.slice(at, at + size).map(work))));
  }
  return results;
}
