import { parseTime } from "../event/time.ts";

const span = /^(\d{1,6})([smhdw])$/;
const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/** What `momentFrom` understands, as the end of a sentence. */
export const momentForms =
  "a time such as 2026-07-01T09:30:00Z, or a span back from now such as 15m, 24h or 7d";

/**
 * A moment that a person wrote: ISO 8601 (a date alone is midnight UTC, a time needs its zone), or a span back from
 * now in seconds, minutes, hours, days or weeks: `90s`, `15m`, `24h`, `7d`, `2w`.
 *
 * @param now ms since 1970
 * @returns ms since 1970; undefined if it is neither
 */
export function momentFrom(text: string, now: number): number | undefined {
  const [, count, unit] = span.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return now - Number(count) * (unitMs[unit] ?? 0);
  // In a query a plus that was not encoded arrives as a space.
  const written = text.replace(/ (?=\d\d:\d\d$)/, "+").toUpperCase();
  const moment = iso.test(written) ? parseTime(written) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment;
}
