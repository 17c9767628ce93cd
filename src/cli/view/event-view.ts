import type { Attempt, EventDetail } from "../../api/contract.ts";
import type { Io, Output } from "../io.ts";
import { jsonView, textOf } from "./json-view.ts";
import { labelRow } from "./label-row.ts";
import { clockView, momentView } from "./moment-view.ts";
import { statusText } from "./palette.ts";
import { printable } from "../../lib/printable.ts";
import { wrap } from "./wrap.ts";
import { bytesText, counted } from "../../lib/amounts.ts";
import { span } from "../../lib/times.ts";

/** One event for a person: what is known of it, its attempts, its body. */
export function eventView(event: EventDetail, body: Uint8Array, io: Io): string {
  const { stdout } = io;
  const { palette } = stdout;
  const { bold, dim, warn } = palette;
  const head = `${bold(printable(event.name))}  ${statusText(event.status, palette)}${event.conflict ? `  ${warn("conflict")}` : ""}`;
  const rows = rowsOf(event, io).map(([label, text]) => labelRow(label, text, stdout));
  const attempts = event.attemptLog.map((attempt) => attemptLine(attempt, stdout));
  return [
    head,
    "",
    ...rows,
    "",
    ...(attempts.length === 0 ? [] : [bold("Attempts"), ...attempts, ""]),
    `${bold("Body")} ${dim(bytesText(body.byteLength))}`,
    jsonView(textOf(body), palette),
    "",
  ].join("\n");
}

type Line = readonly [label: string, text: string];

function rowsOf(event: EventDetail, io: Io): readonly Line[] {
  const { name, warn, bad } = io.stdout.palette;
  const at = (moment: string): string => momentView(moment, io);
  const optional = (label: string, text: string | null): readonly Line[] =>
    text === null ? [] : [[label, text]];
  const repeats = event.deliveries - 1;
  return [
    ["Event", printable(event.eventId)],
    ...optional(
      "Synthetic",
      event.synthetic ? warn("queued by `hookwell messages reconcile`, not sent by the sender") : null,
    ),
    ["Entity", name(printable(event.entity))],
    ...optional("Revision", event.revision === null ? null : String(event.revision)),
    ...optional("Occurred", event.occurredAt === null ? null : at(event.occurredAt)),
    ["Received", at(event.receivedAt)],
    ...optional("Settled", event.settledAt === null ? null : at(event.settledAt)),
    ...optional("Repeats", repeats === 0 ? null : warn(`${counted(repeats, "duplicate")} dropped`)),
    ...optional(
      "Conflict",
      event.conflict ? warn("another event had this revision of the same state") : null,
    ),
    ...optional("Error", event.error === null ? null : bad(printable(event.error))),
    ...optional("Account", event.accountId === null ? null : printable(String(event.accountId))),
    ...optional("API Space", event.apiSpaceId === null ? null : printable(event.apiSpaceId)),
  ];
}

/** Where the result of an attempt begins on a terminal. */
const attemptIndent = 30;

function attemptLine({ attempt, startedAt, endedAt, outcome, error }: Attempt, stdout: Output): string {
  const { good, bad, dim } = stdout.palette;
  const number = `  ${String(attempt).padStart(2)}  `;
  const began = dim(clockView(startedAt, stdout));
  const took = dim(span(Date.parse(endedAt) - Date.parse(startedAt)).padStart(8));
  const result = outcome === "handled" ? good("✓ handled") : `${bad("✗ failed")}   ${printable(error ?? "")}`;
  const rest = `${began}  ${took}  ${result}`.trimEnd();
  return number + wrap(rest, stdout, " ".repeat(attemptIndent), number.length);
}
