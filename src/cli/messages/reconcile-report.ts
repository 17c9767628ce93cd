import { count, counted } from "../../lib/amounts.ts";
import { printable } from "../../lib/printable.ts";
import { localTime } from "../../lib/times.ts";
import type { Io } from "../io.ts";
import { dimLine } from "../view/dim-line.ts";
import { jsonLine } from "../view/json-line.ts";
import { markedLine } from "../view/marked-line.ts";
import { ageView } from "../view/moment-view.ts";
import { type Column, tableLines } from "../view/table.ts";
import { countedKinds, type HourDifference } from "./hours.ts";
import type { Missed } from "./missed.ts";
import type { Reconciled } from "./reconcile.ts";

/** A table needs its rows at hand; of more, people read a number. */
const mostRows = 1_000;

/** What was found, as it is told. */
export interface Report {
  readonly missed: (missed: readonly Missed[]) => Promise<void>;
  readonly end: (so: Reconciled) => void;
}

/** For programs: one object a line, with a `kind`. */
export function jsonReport({ stdout }: Pick<Io, "stdout">, isApplied: boolean): Report {
  const write = (kind: string, fields: object): unknown => stdout.write(jsonLine({ kind, ...fields }));
  return {
    missed: async (missed) => {
      await stdout.room();
      for (const { messageId, ours, theirs, since } of missed)
        write("missed", { messageId, ours, theirs, since, queued: isApplied });
    },
    end: ({ hours, ...sums }) => {
      for (const hour of hours ?? []) write("hour", hour);
      write("summary", { ...sums, differingHours: hours === null ? null : hours.length });
    },
  };
}

/** For people: tables, and what they mean. */
export function textReport(io: Io): Report {
  const { stdout, stderr } = io;
  const rows: Missed[] = [];
  const write = (lines: readonly string[]): unknown => stdout.write(`${lines.join("\n")}\n\n`);
  const note = (text: string): unknown => stderr.write(dimLine(text, stderr));
  return {
    missed: async (missed) => void rows.push(...missed.slice(0, mostRows - rows.length)),
    end: (so) => {
      if (rows.length > 0) write(tableLines(missedColumns(io), rows, stdout));
      if (so.missed > rows.length) note(`The first ${count(rows.length)}; --json lists all.`);
      if (so.hours !== null && so.hours.length > 0) {
        write(tableLines(hourColumns(io), so.hours, stdout));
        note("Ledger/sender in each hour, where they differ.");
      }
      stdout.write(markedLine(...verdictOf(so, io), stdout));
      for (const text of notesOf(so)) note(text);
    },
  };
}

function missedColumns(io: Io): readonly Column<Missed>[] {
  const { palette } = io.stdout;
  return [
    {
      title: "MESSAGE",
      cell: ({ messageId }) => printable(messageId),
      paint: palette.name,
      cut: "middle",
      least: 11,
    },
    { title: "LEDGER", cell: ({ ours }) => ours },
    { title: "SENDER", cell: ({ theirs }) => theirs, paint: palette.bold },
    {
      title: "SINCE",
      cell: ({ since }) => (since === null ? "–" : ageView(since, io)),
      paint: palette.dim,
    },
  ];
}

function hourColumns({ stdout }: Io): readonly Column<HourDifference>[] {
  return [
    { title: "HOUR", cell: ({ hour }) => (stdout.isTTY ? localTime(hour).slice(0, 16) : hour) },
    ...countedKinds.map((kind): Column<HourDifference> => ({
      title: kind.toUpperCase(),
      cell: ({ ours, theirs }) =>
        ours[kind] === theirs[kind] ? String(ours[kind]) : `${ours[kind]}/${theirs[kind]}`,
      paint: (text, { ours, theirs }) => (ours[kind] === theirs[kind] ? text : stdout.palette.warn(text)),
      align: "right",
    })),
  ];
}

function verdictOf(so: Reconciled, { stdout }: Io): readonly [mark: string, text: string] {
  const { good, warn } = stdout.palette;
  const looked = `${counted(so.events, "event")}, ${counted(so.asked, "message")} asked for`;
  if (so.missed === 0) return [good("✓"), `No status was missed: ${looked}.`];
  const [missed, cure] =
    so.missed === 1
      ? ["1 status was missed", "queues it as a synthetic event"]
      : [`${count(so.missed)} statuses were missed`, "queues them as synthetic events"];
  return so.queued < so.missed
    ? [warn("!"), `${missed}: ${looked}. --apply ${cure}.`]
    : [good("✓"), `${missed} and queued: ${looked}.`];
}

function notesOf({ hours, unknown }: Reconciled): readonly string[] {
  const counts =
    hours === null
      ? "The sender does not tell its counts to these credentials."
      : hours.length === 0
        ? "The counts of each hour are those of the sender."
        : "A message of which no event arrived is only counted: the API lists no messages.";
  return [
    ...(unknown === 0 ? [] : [`The sender does not know ${counted(unknown, "message")} of them.`]),
    counts,
    "A missed inbound message can be pulled only per profile: GET /profiles/{profileId}/messages.",
  ];
}
