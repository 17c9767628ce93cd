import type { EventRecord } from "../../api/contract.ts";
import type { MessageAnalytics } from "../../client/index.ts";
import { parseTime } from "../../event/time.ts";

/** What is counted on both sides. */
export const countedKinds = ["sent", "delivered", "read", "failed", "expired", "inbound"] as const;
export type CountedKind = (typeof countedKinds)[number];
export type Counts = Readonly<Record<CountedKind, number>>;

/** An hour whose counts differ. */
export interface HourDifference {
  /** Its begin, ISO 8601 in UTC. */
  readonly hour: string;
  /** Events in the ledger that occurred then. */
  readonly ours: Counts;
  readonly theirs: Counts;
}

const hourMs = 3_600_000;
const none: Counts = { sent: 0, delivered: 0, read: 0, failed: 0, expired: 0, inbound: 0 };

/** The begin of the hour in which this moment is; both in ms since 1970. */
export const hourOf = (ms: number): number => Math.floor(ms / hourMs) * hourMs;

/** A span of time, in ms since 1970; its end is not included. */
interface Span {
  readonly since: number;
  readonly until: number;
}

/** Events counted by the hour in which they occurred, by the sender's clock. */
export class HourTally {
  readonly #hours = new Map<number, Counts>();
  readonly #span: Span;

  /** @param span events that occurred before or after it are not counted */
  constructor(span: Span) {
    this.#span = span;
  }

  add({ name, occurredAt }: Pick<EventRecord, "name" | "occurredAt">): void {
    const kind = countedKinds.find((kind) => name === `message.${kind}`);
    const at = Date.parse(occurredAt ?? "");
    if (kind === undefined || !(at >= this.#span.since && at < this.#span.until)) return;
    const counts = this.#hours.get(hourOf(at)) ?? none;
    this.#hours.set(hourOf(at), { ...counts, [kind]: counts[kind] + 1 });
  }

  /** The hours in which the sender counts something else, in their order. */
  differences(analytics: readonly MessageAnalytics[]): readonly HourDifference[] {
    const theirs = new Map(analytics.map((period) => [beginOf(period), countsOf(period)]));
    const hours = new Set([...this.#hours.keys(), ...theirs.keys()]);
    return [...hours]
      .filter((hour) => !Number.isNaN(hour))
      .sort((a, b) => a - b)
      .map((hour) => ({
        hour: new Date(hour).toISOString(),
        ours: this.#hours.get(hour) ?? none,
        theirs: theirs.get(hour) ?? none,
      }))
      .filter(({ ours, theirs }) => countedKinds.some((kind) => ours[kind] !== theirs[kind]));
  }
}

/** The form of the time is not documented; one without a zone is in UTC, as it was asked for. */
const beginOf = ({ dateUtc, date }: MessageAnalytics): number => hourOf(parseTime(dateUtc ?? date ?? ""));

/** That `failed` also counts what is `undeliverable` on a channel is a guess. */
function countsOf(period: MessageAnalytics): Counts {
  const { success, delivered, read, expired, failed = 0, inbound } = period;
  return {
    sent: sum(success),
    delivered: sum(delivered),
    read: sum(read),
    failed,
    expired: sum(expired),
    inbound: sum(inbound),
  };
}

const sum = (byChannel: Readonly<Record<string, number>> = {}): number =>
  Object.values(byChannel).reduce((total, count) => total + count, 0);
