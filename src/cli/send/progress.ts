import type { Io } from "../io.ts";
import { count } from "../../lib/amounts.ts";
import { span } from "../../lib/times.ts";
import { statusLine } from "../view/status-line.ts";
import type { Tally } from "./tally.ts";

const barWidth = 24;

/** Tells on a terminal how far a long run is; disposing of it takes the line away. */
export function showProgress(tally: Tally, total: number, io: Pick<Io, "stderr">): Disposable {
  const startedAt = performance.now();
  return statusLine(io, () => {
    const seconds = (performance.now() - startedAt) / 1_000;
    const rate = tally.events / seconds;
    const parts = [
      // A body of one's own may hold no events at all.
      bar(Math.min(1, tally.events / Math.max(1, total))),
      `${count(tally.events)} of ${count(total)}`,
      `${count(rate)}/s`,
      `${count(tally.failures)} failed`,
      rate === 0 ? "" : `${span(Math.max(0, (total - tally.events) / rate) * 1_000)} left`,
    ];
    return { text: parts.filter((part) => part !== "").join("  "), isBad: tally.failures > 0 };
  });
}

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `${"█".repeat(full)}${"░".repeat(barWidth - full)} ${String(Math.floor(share * 100)).padStart(3)}%`;
}
