import type { Message } from "../event/message.ts";
import { replayCopy } from "../event/replay-copy.ts";
import type { EventFilter } from "../ledger/record.ts";
import { OneByOne } from "../lib/async/one-by-one.ts";
import type { ReplayResponse } from "./contract.ts";
import { type Listed, oldestFirst, pagesOf, spansOf } from "./oldest-first.ts";
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
/** Events read from the ledger at the same time; each may have some MiB. */
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
   * Replays dead letters from the oldest to the newest: the other way round, each would make the older ones of its state
   * obsolete. A call that fails half way has replayed the ones before; those are dead letters no longer, so the same
   * call may be sent again.
   */
  async many(order: ReplayOrder): Promise<ReplayResponse> {
    const missing = new Set(order.eventIds);
    let [matched, replayed] = [0, 0];
    const meet = (listed: readonly Listed[]): void => {
      matched += listed.length;
      for (const { eventId } of listed) missing.delete(eventId);
    };
    if (order.dryRun) {
      for await (const listed of this.#meant(order)) meet(listed);
    } else {
      for (const read of await this.#reads(order)) {
        await this.#steps.run(async () => {
          const listed = await read();
          meet(listed);
          replayed += await this.#replay(listed);
        });
      }
    }
    return { matched, replayed, ...(order.eventIds && { missing: [...missing] }) };
  }

  /** In any order. */
  async *#meant(order: ReplayOrder): AsyncIterable<readonly Listed[]> {
    if (isByIdAlone(order)) return yield await this.#named(order.eventIds);
    for await (const { items } of pagesOf(this.#parts.ledger, deadOf(order)))
      yield items.filter(meantBy(order));
  }

  /** Ways to read what is meant, one part after the other, the oldest first. */
  async #reads(order: ReplayOrder): Promise<readonly (() => Promise<readonly Listed[]>)[]> {
    const { ledger } = this.#parts;
    if (isByIdAlone(order)) return [() => this.#named(order.eventIds)];
    const spans = await spansOf(ledger, deadOf(order));
    return spans.map((span) => async () => (await oldestFirst(ledger, span)).filter(meantBy(order)));
  }

  /** Looks only at the moments in which these came. */
  async #named(eventIds: ReadonlySet<string>): Promise<readonly Listed[]> {
    const { ledger } = this.#parts;
    const times = new Set<number>();
    for await (const record of inGroups([...eventIds], (eventId) => ledger.get(eventId)))
      if (record?.status === "dead") times.add(Date.parse(record.receivedAt));
    const listed = inGroups(
      [...times].sort((a, b) => a - b),
      (since) => oldestFirst(ledger, { status: "dead", since, until: since + 1 }),
    );
    return (await Array.fromAsync(listed)).flat().filter(({ eventId }) => eventIds.has(eventId));
  }

  async #replay(records: readonly Listed[]): Promise<number> {
    let batch: Message[] = [];
    let bytes = 0;
    let replayed = 0;
    const flush = async (): Promise<void> => {
      await this.#send(batch);
      replayed += batch.length;
      [batch, bytes] = [[], 0];
    };
    for await (const message of inGroups(records, (record) => this.#copyOf(record))) {
      if (message === undefined) continue;
      batch.push(message);
      bytes += message.body.length;
      if (batch.length === mostAtOnce || bytes >= batchBytes) await flush();
    }
    await flush();
    return replayed;
  }

  /** Undefined if the event was removed a moment ago. */
  async #copyOf({ eventId, attempts }: Listed): Promise<Message | undefined> {
    const message = await this.#parts.ledger.message(eventId);
    if (message === undefined) return undefined;
    const copy = replayCopy(this.#parts.newCopy(), message.copy, attempts);
    return { ...message, copy, replay: true };
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

type ByIdAlone = ReplayOrder & { readonly eventIds: ReadonlySet<string> };

const isByIdAlone = (order: ReplayOrder): order is ByIdAlone =>
  order.eventIds !== undefined && Object.keys(order.filter).length === 0;

const deadOf = ({ filter }: ReplayOrder): EventFilter => ({ ...filter, status: "dead" });

const meantBy =
  ({ eventIds }: ReplayOrder) =>
  ({ eventId }: Listed): boolean =>
    eventIds?.has(eventId) ?? true;

/** What is read for each item, in their order; the next group begins when all of the one before was taken. */
async function* inGroups<Item, Result>(
  items: readonly Item[],
  read: (item: Item) => Promise<Result>,
): AsyncIterable<Result> {
  for (let at = 0; at < items.length; at += readAtOnce)
    yield* await Promise.all(items.slice(at, at + readAtOnce).map(read));
}
