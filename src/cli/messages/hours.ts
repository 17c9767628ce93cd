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

/** Events counted by the hour in which they occurred, by the sender's clock. */
export class HourTally {
  readonly #hours = new Map<number, Counts>();

  add({ name, occurredAt }: Pick<EventRecord, "name" | "occurredAt">): void {
    const kind = countedKinds.find((kind) => name === `message.${kind}`);
    if (kind === undefined || occurredAt === null) return;
    const hour = hourOf(Date.parse(occurredAt));
    const counts = this.#hours.get(hour) ?? none;
    this.#hours.set(hour, { ...counts, [kind]: counts[kind] + 1 });
  }

  get hours(): ReadonlyMap<number, Counts> {
    return this.#hours;
  }
}

/**
 * The hours in which the sender counts something else than we do, in their order.
 *
 * @param since ms since 1970; what was before is left out
 */
export function differingHours(
  ours: ReadonlyMap<number, Counts>,
  analytics: readonly MessageAnalytics[],
  since: number,
): readonly HourDifference[] {
  const theirs = new Map(analytics.map((period) => [beginOf(period), countsOf(period)]));
  const hours = [...new Set([...ours.keys(), ...theirs.keys()])].filter((hour) => hour >= since);
  return hours
    .sort((a, b) => a - b)
    .map((hour) => ({
      hour: new Date(hour).toISOString(),
      ours: ours.get(hour) ?? none,
      theirs: theirs.get(hour) ?? none,
    }))
    .filter(({ ours, theirs }) => countedKinds.some((kind) => ours[kind] !== theirs[kind]));
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
