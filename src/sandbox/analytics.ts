import type { components } from "../sender-api/management-api.ts";
import type { InboundMessage } from "./inbounds.ts";
import type { MessageRecord } from "./messages.ts";

export type MessageAnalytics = components["schemas"]["MessageAnalytics"];

/** Periods of the analytics, and how much of an ISO time names one. */
const periodDigits = { hour: 13, day: 10, month: 7, year: 4, alltime: 0 } as const;

export type Period = keyof typeof periodDigits;

export interface AnalyticsQuery {
  /** Ms since 1970. */
  readonly from: number;
  /** Ms since 1970; not included. */
  readonly to: number;
  readonly by: Period;
}

/** Which count a status adds to. */
const countOf: Readonly<Record<string, "success" | "delivered" | "read" | "expired" | "undeliverable">> = {
  sent: "success",
  delivered: "delivered",
  read: "read",
  expired: "expired",
  failed: "undeliverable",
};

interface Counts {
  attempted: number;
  failed: number;
  readonly byChannel: Record<string, Record<string, number>>;
}

/**
 * Counts of messages by period, as `GET /analytics/messages` tells them: each status in the period in which it was
 * reached (a guess; it could be that of the send). In UTC; periods without anything are left out.
 */
export function analyticsOf(
  records: readonly MessageRecord[],
  inbounds: readonly InboundMessage[],
  { from, to, by }: AnalyticsQuery,
): readonly MessageAnalytics[] {
  const periods = new Map<string, Counts>();
  const periodOf = (at: number): Counts | undefined => {
    if (at < from || at >= to) return undefined;
    const start = startOf(by === "alltime" ? from : at, by);
    const counts = periods.get(start) ?? { attempted: 0, failed: 0, byChannel: {} };
    periods.set(start, counts);
    return counts;
  };
  const add = (at: number, count: string, channel: string): void => {
    const channels: Counts["byChannel"] = periodOf(at)?.byChannel ?? {};
    const counts = (channels[count] ??= {});
    counts[channel] = (counts[channel] ?? 0) + 1;
  };

  for (const { times, state } of records) {
    for (const [status, at] of Object.entries(times)) {
      const count = countOf[status];
      if (count !== undefined) add(at, count, state.channel);
      const period = periodOf(at);
      if (period !== undefined && status === "processing") period.attempted += 1;
      if (period !== undefined && status === "failed") period.failed += 1;
    }
  }
  for (const { receivedOn = "", channel } of inbounds) add(Date.parse(receivedOn), "inbound", channel);

  return [...periods]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([start, { attempted, failed, byChannel }]) => ({
      date: start,
      dateUtc: start,
      attempted,
      failed,
      ...byChannel,
    }));
}

/** The beginning of a period, in ISO. */
function startOf(ms: number, by: Period): string {
  const iso = new Date(ms).toISOString();
  if (by === "alltime") return iso;
  return iso.slice(0, periodDigits[by]) + "0000-01-01T00:00:00.000Z".slice(periodDigits[by]);
}
