import type { EventRecord } from "../api/contract.ts";
import type { Io } from "./io.ts";
import { notesOf } from "./pages.ts";
import { type Palette, paletteFor, statusPaint, statusText } from "./palette.ts";
import { printable } from "../lib/printable.ts";
import type { Column } from "./table.ts";
import { ago } from "../lib/times.ts";

const plain = paletteFor({ write: () => true, isTTY: false, columns: 80 }, {});

/** Columns of a list of events. */
export function eventColumns(io: Io): readonly Column<EventRecord>[] {
  const palette = paletteFor(io.stdout, io.env);
  return [
    receivedColumn(io),
    nameColumn(palette),
    {
      title: "ENTITY",
      cell: ({ entity }) => printable(entity),
      paint: palette.name,
      cut: "middle",
      least: 16,
      optional: true,
    },
    { title: "REV", cell: ({ revision }) => (revision === null ? "–" : String(revision)), align: "right" },
    statusColumn(palette),
    { title: "EVENT ID", cell: ({ eventId }) => printable(eventId), cut: "middle", least: 11 },
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
  const palette = paletteFor(io.stdout, io.env);
  return [
    receivedColumn(io),
    nameColumn(palette),
    {
      title: "ENTITY",
      cell: ({ entity }) => printable(entity),
      paint: palette.name,
      cut: "middle",
      least: 12,
      optional: true,
    },
    { title: "EVENT ID", cell: ({ eventId }) => printable(eventId), cut: "middle", least: 11 },
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

/** Names that differ mostly differ at their ends. On 80 columns there is room for this much beside the other columns. */
function nameColumn({ bold }: Palette): Column<EventRecord> {
  return { title: "NAME", cell: ({ name }) => printable(name), paint: bold, cut: "middle", least: 22 };
}

/** On a terminal relative, elsewhere exact. */
export function receivedColumn<T extends { readonly receivedAt: string }>(io: Io): Column<T> {
  const { dim } = paletteFor(io.stdout, io.env);
  const cell = ({ receivedAt }: T): string => (io.stdout.isTTY ? ago(receivedAt, io.now()) : receivedAt);
  return { title: "RECEIVED", cell, paint: dim };
}

function statusColumn(palette: Palette): Column<EventRecord> {
  return {
    title: "STATUS",
    cell: ({ status }) => statusText(status, plain),
    paint: (text, { status }) => statusPaint(status, palette)(text),
  };
}
