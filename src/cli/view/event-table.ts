import type { EventRecord } from "../../api/contract.ts";
import type { Io } from "../io.ts";
import { ageView } from "./moment-view.ts";
import { type Palette, statusPaint, statusWord } from "./palette.ts";
import { printable } from "../../lib/printable.ts";
import type { Column } from "./table.ts";

/** Columns of a list of events. */
export function eventColumns(io: Io): readonly Column<EventRecord>[] {
  const { palette } = io.stdout;
  return [
    receivedColumn(io),
    nameColumn(palette.bold),
    entityColumn(palette, 16),
    revisionColumn,
    statusColumn(palette),
    eventIdColumn,
    {
      title: "",
      cell: (event) => printable(notesOf(event)),
      paint: palette.warn,
      cut: "end",
      least: 16,
      optional: true,
    },
  ];
}

/** Columns of a list of dead letters, where the error is what matters. */
export function deadLetterColumns(io: Io): readonly Column<EventRecord>[] {
  const { palette } = io.stdout;
  return [
    receivedColumn(io),
    nameColumn(palette.bold),
    entityColumn(palette, 12),
    eventIdColumn,
    { title: "TRIES", cell: ({ attempts }) => String(attempts), align: "right" },
    {
      title: "ERROR",
      cell: ({ error }) => printable(error ?? ""),
      paint: palette.bad,
      cut: "end",
      least: 24,
    },
  ];
}

/**
 * Cut in the middle, since names mostly differ at their ends. A terminal of 80 columns has room for this much beside
 * the other columns.
 */
export function nameColumn(paint: (name: string, event: EventRecord) => string): Column<EventRecord> {
  return { title: "NAME", cell: ({ name }) => printable(name), paint, cut: "middle", least: 22 };
}

function entityColumn({ name }: Palette, least: number): Column<EventRecord> {
  const cell = ({ entity }: EventRecord): string => printable(entity);
  return { title: "ENTITY", cell, paint: name, cut: "middle", least, optional: true };
}

export const revisionColumn: Column<EventRecord> = {
  title: "REV",
  cell: ({ revision }) => (revision === null ? "–" : String(revision)),
  align: "right",
};

export const eventIdColumn: Column<EventRecord> = {
  title: "EVENT ID",
  cell: ({ eventId }) => printable(eventId),
  cut: "middle",
  least: 11,
};

/** When it was received: on a terminal how long ago, elsewhere exactly. */
export function receivedColumn<T extends { readonly receivedAt: string }>(io: Io): Column<T> {
  const { dim } = io.stdout.palette;
  return { title: "RECEIVED", cell: ({ receivedAt }) => ageView(receivedAt, io), paint: dim };
}

export function statusColumn(palette: Palette): Column<EventRecord> {
  return {
    title: "STATUS",
    cell: ({ status }) => statusWord(status),
    paint: (text, { status }) => statusPaint(status, palette)(text),
  };
}

/** What is worth a word about an event beside its status. */
export function notesOf({ synthetic, attempts, deliveries, conflict, error }: EventRecord): string {
  const notes = [
    synthetic ? "synthetic" : "",
    attempts > 1 ? `${attempts} attempts` : "",
    deliveries > 1 ? `${deliveries} deliveries` : "",
    conflict ? "conflict" : "",
    error ?? "",
  ];
  return notes.filter((note) => note !== "").join(", ");
}
