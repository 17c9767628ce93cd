import type { Io } from "../io.ts";
import type { Palette } from "../view/palette.ts";
import { printable } from "../../lib/printable.ts";
import { cutEnd } from "../view/width.ts";
import { wrap } from "../view/wrap.ts";
import { count, counted } from "../../lib/amounts.ts";
import { span } from "../../lib/times.ts";
import type { SendSummary, Tally } from "./tally.ts";

/** What became of a run, for a person. */
export function summaryView(
  tally: Tally,
  summary: SendSummary,
  expected: "accepted" | "refused",
  io: Io,
): string {
  const { palette } = io.stdout;
  const { bold, dim } = palette;
  const seconds = span(summary.seconds * 1_000);
  const lines = [
    `${bold(counted(summary.events, "event"))} in ${counted(summary.requests, "request")}, ${seconds}` +
      dim(`  ${count(summary.eventsPerSecond)} events/s, ${count(summary.requestsPerSecond)} requests/s`),
    ...outcomes(summary, expected, palette),
  ];
  if (summary.latencyMs !== null) {
    const figures = Object.entries(summary.latencyMs).map(([name, ms]) => `${dim(name)} ${span(ms)}`);
    lines.push(`  ${dim("latency")}  ${figures.join("  ")}`);
  }
  const { refusal } = tally;
  if (refusal !== undefined && expected === "accepted" && refusal.trim() !== "") {
    const answer = wrap(cutEnd(printable(refusal.trim()), 200), io.stdout, " ".repeat(11));
    lines.push(`  ${dim("answer")}   ${answer}`);
  }
  return `${lines.join("\n")}\n`;
}

function outcomes(
  { statuses, errors }: SendSummary,
  expected: "accepted" | "refused",
  palette: Palette,
): string[] {
  const { good, bad, dim } = palette;
  const answered = Object.entries(statuses).map(([status, times]) => {
    const fine = expected === "accepted" ? status.startsWith("2") : status === "401";
    return `  ${(fine ? good : bad)(`${fine ? "✓" : "✗"} ${status}`)}    ${count(times)}${dim(hintFor(status, expected))}`;
  });
  const failed = Object.entries(errors).map(
    ([code, times]) => `  ${bad("✗ none")}   ${count(times)}${dim(`  ${printable(code)}`)}`,
  );
  return [...answered, ...failed];
}

function hintFor(status: string, expected: "accepted" | "refused"): string {
  if (status === "401" && expected === "refused") return "  refused, as it should be";
  if (status === "401") return "  is this secret one of the server's?";
  if (status === "404" || status === "405") return "  is this the webhook path?";
  if (status === "503") return "  the sender would try again";
  return "";
}
