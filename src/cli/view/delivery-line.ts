import type { DeliveryAttempt } from "../../sandbox/attempts.ts";
import { counted } from "../../lib/amounts.ts";
import { printable } from "../../lib/printable.ts";
import { span } from "../../lib/times.ts";
import type { Output } from "../io.ts";
import { faultName } from "./fault-name.ts";
import { clockView } from "./moment-view.ts";
import type { Palette } from "./palette.ts";
import { cutEnd, pad, widthOf } from "./width.ts";

type Outcome = DeliveryAttempt["outcome"];

const words: Readonly<Record<Outcome, string>> = {
  pending: "· pending",
  accepted: "✓ accepted",
  retry: "↻ retry",
  refused: "✗ lost",
  dead: "✗ dead",
};

/** One attempt to deliver: when, how it ended, the answer, the events, which attempt it was, and what follows. */
export function deliveryLine(
  attempt: DeliveryAttempt,
  output: Pick<Output, "isTTY" | "columns" | "palette">,
): string {
  const { palette } = output;
  const { startedAt, endedAt, outcome, status, error } = attempt;
  const line = [
    palette.dim(clockView(endedAt ?? startedAt, output)),
    paintOf(outcome, palette)(pad(words[outcome], 10)),
    palette.bold(pad(String(status ?? error ?? ""), 7)),
    palette.name(pad(eventsText(attempt), 21)),
    `attempt ${attempt.attempt}`,
  ].join("  ");
  const notes = [followsOf(attempt), faultsText(attempt)].filter((note) => note !== "").join("; ");
  if (notes === "" || !output.isTTY) return notes === "" ? line : `${line}  ${notes}`;
  if (widthOf(line) + 2 + widthOf(notes) <= output.columns) return `${line}  ${palette.dim(notes)}`;
  return `${line}\n${" ".repeat(14)}${palette.dim(cutEnd(`↳ ${notes}`, output.columns - 14))}`;
}

function followsOf({ outcome, status, endedAt, nextAt }: DeliveryAttempt): string {
  switch (outcome) {
    case "pending":
    case "accepted":
      return "";
    case "retry": {
      const again = `again in ${span(Date.parse(nextAt ?? "") - Date.parse(endedAt ?? ""))}`;
      return status === 401 ? `${again} (a guess: whether 401 is retried is not known)` : again;
    }
    case "refused":
      return "never again: 400 is final";
    case "dead":
      return "given up: the schedule has ended";
  }
}

/** `message.sent`, or `100 events`. */
function eventsText({ names, eventIds }: DeliveryAttempt): string {
  const [name = ""] = names;
  return eventIds.length === 1 ? printable(name) : counted(eventIds.length, "event");
}

function faultsText({ faults }: DeliveryAttempt): string {
  return faults.length === 0 ? "" : `on purpose: ${faults.map(faultName).join(", ")}`;
}

function paintOf(outcome: Outcome, palette: Palette): Palette["good"] {
  switch (outcome) {
    case "pending":
      return palette.name;
    case "accepted":
      return palette.good;
    case "retry":
      return palette.warn;
    case "refused":
    case "dead":
      return palette.bad;
  }
}
