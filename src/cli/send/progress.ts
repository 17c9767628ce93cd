import type { Io } from "../io.ts";
import { cutEnd } from "../width.ts";
import { count } from "../../lib/amounts.ts";
import { span } from "../../lib/times.ts";
import type { Tally } from "./tally.ts";

/** Short runs show nothing; longer ones are drawn anew this often, in ms. */
const firstMs = 400;
const everyMs = 150;
const barWidth = 24;

/** A line on a terminal that tells how far a long run is; disposing of it takes the line away. */
export function showProgress(
  tally: Tally,
  total: number | undefined,
  { stderr }: Pick<Io, "stderr">,
): Disposable {
  if (!stderr.isTTY) return { [Symbol.dispose]: () => undefined };
  const { palette } = stderr;
  const startedAt = performance.now();
  let drawn = false;
  const draw = (): void => {
    const seconds = (performance.now() - startedAt) / 1_000;
    const rate = tally.events / seconds;
    const parts = [
      total === undefined ? "" : bar(Math.min(1, tally.events / total)),
      `${count(tally.events)}${total === undefined ? "" : ` of ${count(total)}`}`,
      `${count(rate)}/s`,
      `${count(tally.failures)} failed`,
      total === undefined || rate === 0
        ? ""
        : `${span(Math.max(0, (total - tally.events) / rate) * 1_000)} left`,
    ];
    // A line that wraps could not be taken back.
    const line = cutEnd(parts.filter((part) => part !== "").join("  "), stderr.columns - 1);
    stderr.write(`\r\u001b[2K${tally.failures > 0 ? palette.warn(line) : palette.dim(line)}`);
    drawn = true;
  };
  let timer = setTimeout(function again() {
    draw();
    timer = setTimeout(again, everyMs);
  }, firstMs);
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      if (drawn) stderr.write("\r\u001b[2K");
    },
  };
}

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `${"█".repeat(full)}${"░".repeat(barWidth - full)} ${String(Math.floor(share * 100)).padStart(3)}%`;
}
