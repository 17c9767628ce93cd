const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** How long ago a moment was, short: `now`, `12s ago`, `3m ago`, `5h ago`, `2d ago`. */
export function ago(moment: string | number, now: number): string {
  const ms = now - (typeof moment === "number" ? moment : Date.parse(moment));
  if (Number.isNaN(ms)) return "?";
  if (Math.abs(ms) < 1_000) return "now";
  const [unit, size] = unitOf(Math.abs(ms));
  const count = `${Math.floor(Math.abs(ms) / size)}${unit}`;
  return ms < 0 ? `in ${count}` : `${count} ago`;
}

/** A span of time, with the digits that matter: `0.8 ms`, `34 ms`, `2.3 s`, `4m 10s`, `3h 5m`, `2d 4h`. */
export function span(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`;
  const [unit, size] = unitOf(ms);
  const smaller = units[units.findIndex(([name]) => name === unit) + 1];
  const rest = smaller === undefined ? 0 : Math.floor((ms % size) / smaller[1]);
  return `${Math.floor(ms / size)}${unit}${rest === 0 || smaller === undefined ? "" : ` ${rest}${smaller[0]}`}`;
}

/** The span from one moment to the next, with its sign; empty if one of them is not known. */
export function timeBetween(before: string | null | undefined, after: string | null): string {
  if (after === null || before === null || before === undefined) return "";
  const ms = Date.parse(after) - Date.parse(before);
  return ms < 0 ? `−${span(-ms)}` : `+${span(ms)}`;
}

/** A moment by the clock of this machine: `2026-11-24 10:03:07.123`. */
export function localTime(moment: string | number): string {
  const date = new Date(moment);
  return Number.isNaN(date.getTime()) ? String(moment) : `${dayOf(date)} ${clockTime(date.getTime())}`;
}

/** Hours, minutes, seconds and milliseconds by the clock of this machine. */
export function clockTime(moment: string | number): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return String(moment);
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${parts.join(":")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function dayOf(date: Date): string {
  const parts = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${date.getFullYear()}-${parts.join("-")}`;
}

function unitOf(ms: number): (typeof units)[number] {
  return units.find(([, size]) => ms >= size) ?? units[3];
}
