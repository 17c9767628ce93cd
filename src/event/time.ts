/** The form of all times that the sender is known to write: `2025-03-04T10:15:27.240Z`. */
const usualLength = 24;
const dayLength = 10;

/** The day that was asked for last, and its begin: the events of a delivery are mostly of the same one. */
let lastDay = "";
let lastMidnight = Number.NaN;

/**
 * As `Date.parse`, but several times as fast for the usual form; it takes a time in ISO 8601 without a zone for one in
 * UTC; and it knows which days exist: of 30 February, `Date.parse` makes 2 March. Gives ms since 1970, or `NaN`.
 */
export function parseTime(text: string): number {
  const day = text.slice(0, dayLength);
  const time = isUsual(text) ? midnightOf(day) + timeOfDay(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  if (isDay(day) && Number.isNaN(midnightOf(day))) return Number.NaN;
  return Date.parse(namesNoZone.test(text) ? `${text}Z` : text);
}

/** `Date.parse` would take such a time for one of this machine's zone, and receivers may be in several. */
const namesNoZone = /^(\d{4}|[+-]\d{6})-\d\d-\d\d[T ][\d:.]+$/i;

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text);

function midnightOf(day: string): number {
  if (day !== lastDay) {
    lastDay = day;
    const midnight = isDay(day) ? Date.parse(day) : Number.NaN;
    lastMidnight = new Date(midnight).getUTCDate() === Number(day.slice(8)) ? midnight : Number.NaN;
  }
  return lastMidnight;
}

/** Whether the separators stand where they belong; what is between them is not checked yet. */
function isUsual(text: string): boolean {
  if (text.length !== usualLength) return false;
  return text[10] === "T" && text[13] === ":" && text[16] === ":" && text[19] === "." && text[23] === "Z";
}

/** In ms; `NaN` for what is no time of a day. */
function timeOfDay(text: string): number {
  const hours = digits(text, 11, 13);
  const minutes = digits(text, 14, 16);
  const seconds = digits(text, 17, 19);
  if (hours > 23 || minutes > 59 || seconds > 59) return Number.NaN;
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000 + digits(text, 20, 23);
}

function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}
