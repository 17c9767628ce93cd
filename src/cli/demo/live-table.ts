import type { EventRecord } from "../../api/contract.ts";
import { printable } from "../../lib/printable.ts";
import { statusPaint, statusWord, type Palette } from "../view/palette.ts";
import { type Column, tableLines } from "../view/table.ts";
import { pad } from "../view/width.ts";
import type { DemoOutput } from "./demo-view.ts";
import { failureOf } from "./happening.ts";
import type { MessageLife } from "./message-lives.ts";

/** For the widest cell of an event, so that columns keep their places. */
const cellWidth = 13;

/** Messages below each other, and beside each what became of its events. */
export function liveTable(lives: readonly MessageLife[], output: DemoOutput): readonly string[] {
  const width = { isTTY: output.isTTY, columns: output.columns - 3, palette: output.palette };
  return tableLines(columns(output.palette), lives, width);
}

function columns(palette: Palette): readonly Column<MessageLife>[] {
  return [
    { title: "SMS", cell: ({ number }) => `#${number}`.padStart(4), paint: palette.bold },
    eventColumn("SENT", ["message.sent"], palette),
    eventColumn("DELIVERED", ["message.delivered", "message.failed", "message.expired"], palette),
    eventColumn("READ", ["message.read"], palette),
    {
      title: "ERROR",
      cell: (life) => printable(errorOf(life)),
      paint: palette.dim,
      cut: "end",
      least: 20,
      optional: true,
    },
    {
      title: "ENTITY",
      cell: ({ entity }) => printable(entity),
      paint: palette.name,
      cut: "middle",
      least: 44,
      optional: true,
    },
  ];
}

/** What became of the first of these events that there is. */
function eventColumn(title: string, names: readonly string[], palette: Palette): Column<MessageLife> {
  const eventOf = ({ events }: MessageLife): EventRecord | undefined =>
    names.map((name) => events.get(name)).find((event) => event !== undefined);
  return {
    title,
    cell: (life) => pad(cellOf(eventOf(life), names[0]), cellWidth),
    paint: (text, life) => {
      const event = eventOf(life);
      return event === undefined ? palette.dim(text) : statusPaint(event.status, palette)(text);
    },
  };
}

function cellOf(record: EventRecord | undefined, usual: string | undefined): string {
  if (record === undefined) return "·";
  const { status, attempts, deliveries, name } = record;
  const [mark, word] = statusWord(status).split(" ");
  const tries = attempts > 1 && status === "handled" ? `try ${attempts}` : word;
  const says = name === usual ? tries : name.replace("message.", "");
  return `${mark} ${says}${deliveries > 1 ? ` ×${deliveries}` : ""}`;
}

const errorOf = ({ events }: MessageLife): string =>
  [...events.values()].map(failureOf).findLast((failure) => failure !== "") ?? "";
