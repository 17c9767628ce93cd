import type { EntityResponse, EventRecord } from "../../api/contract.ts";
import type { Io } from "../io.ts";
import { mostItems } from "../../ledger/ledger.ts";
import { eventIdColumn, nameColumn, revisionColumn, statusColumn } from "./event-table.ts";
import { labelRow } from "./label-row.ts";
import { ageView } from "./moment-view.ts";
import { statusText } from "./palette.ts";
import { printable } from "../../lib/printable.ts";
import { type Column, tableLines } from "./table.ts";
import { counted } from "../../lib/amounts.ts";
import { clockTime, localTime, timeBetween } from "../../lib/times.ts";

/** True if the timeline may lack older events, of which the API gives no more. */
export const isCut = ({ events }: EntityResponse): boolean => events.length >= mostItems;

/** The timeline of an entity for a person, in the order of its revisions. */
export function entityView(found: EntityResponse, io: Io): string {
  const { entity, latest, events } = found;
  const { palette } = io.stdout;
  const { bold, dim, name } = palette;
  const extent = `${isCut(found) ? "the newest " : ""}${counted(events.length, "event")}`;
  const head = `${bold(name(printable(entity)))}  ${dim(extent)}`;
  const state = `${bold(printable(latest.name))}  ${statusText(latest.status, palette)}  ${dim(ageView(latest.receivedAt, io))}`;
  const now = labelRow("Now", state, io.stdout);
  const lines = tableLines(columns(latest, events, io), events, io.stdout);
  return [head, "", now, "", ...lines, ""].join("\n");
}

function columns(
  latest: EventRecord,
  events: readonly EventRecord[],
  io: Io,
): readonly Column<EventRecord>[] {
  const { palette } = io.stdout;
  const day = io.stdout.isTTY ? onlyDayOf(events) : undefined;
  const at = (moment: string | null): string => {
    if (moment === null) return "–";
    if (!io.stdout.isTTY) return moment;
    return day === undefined ? localTime(moment) : clockTime(moment);
  };
  return [
    revisionColumn,
    nameColumn((text, event) => (event.eventId === latest.eventId ? palette.bold(text) : text)),
    statusColumn(palette),
    { title: day ?? "OCCURRED", cell: ({ occurredAt }) => at(occurredAt), paint: palette.dim },
    {
      title: "AFTER",
      // By the sender's clock.
      cell: (event) => timeBetween(events[events.indexOf(event) - 1]?.occurredAt, event.occurredAt),
      align: "right",
      optional: true,
    },
    eventIdColumn,
    { title: "", cell: (event) => remark(event), paint: palette.warn, cut: "end", least: 16, optional: true },
  ];
}

/** The day on which all of them occurred; undefined if there are several. */
function onlyDayOf(events: readonly EventRecord[]): string | undefined {
  const days = new Set(
    events.map(({ occurredAt }) => (occurredAt === null ? "" : localTime(occurredAt).slice(0, 10))),
  );
  const [day] = days;
  return days.size === 1 && day !== "" ? day : undefined;
}

function remark({ status, synthetic, conflict, attempts, deliveries, error }: EventRecord): string {
  const remarks = [
    synthetic ? "synthetic" : "",
    conflict ? "conflict: this revision twice" : "",
    status === "obsolete" ? "came after a newer revision" : "",
    attempts > 1 ? `${attempts} attempts` : "",
    deliveries > 1 ? `${deliveries} deliveries` : "",
    error === null ? "" : printable(error),
  ];
  return remarks.filter((text) => text !== "").join(", ");
}
