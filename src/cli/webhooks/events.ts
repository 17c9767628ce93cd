import type { AvailableEvent } from "../../client/index.ts";
import { knownEventNames } from "../../event/names.ts";
import { printable } from "../../lib/printable.ts";
import type { Command } from "../command.ts";
import type { Io } from "../io.ts";
import { jsonOption } from "../list-options.ts";
import { openSenderClient } from "../sender/open-sender-client.ts";
import { senderOptions } from "../sender/sender-options.ts";
import { dimLine } from "../view/dim-line.ts";
import type { Column } from "../view/table.ts";
import { printRows } from "./print-rows.ts";

/** An event that the account offers, that Hookwell knows, or both. */
interface ComparedEvent {
  readonly name: string;
  /** `new`: Hookwell has no type for it, and handles it all the same. `absent`: the account does not offer it. */
  readonly standing: "known" | "new" | "absent";
  readonly filters: readonly string[];
  readonly description: string;
}

/** The account's events and the names that Hookwell knows, in one list. */
export function compareEvents(
  available: readonly AvailableEvent[],
  known: readonly string[],
): readonly ComparedEvent[] {
  const offered = available.map(({ type = "", filters = [], description = "" }): ComparedEvent => ({
    name: type,
    standing: known.includes(type) ? "known" : "new",
    filters: filters.flatMap(({ name }) => name ?? []),
    description,
  }));
  const absent = known
    .filter((name) => !offered.some((event) => event.name === name))
    .map((name): ComparedEvent => ({ name, standing: "absent", filters: [], description: "" }));
  return [...offered, ...absent];
}

const words: Readonly<Record<ComparedEvent["standing"], string>> = {
  known: "",
  new: "new to Hookwell",
  absent: "not in the account",
};

export const events: Command = {
  name: "events",
  summary: "Compare the events of the account with those that Hookwell knows.",
  options: [jsonOption, ...senderOptions],
  examples: [
    {
      line: `hookwell webhooks events --json | jq -r 'select(.standing == "new") | .name'`,
      says: "events that Hookwell has no type for",
    },
  ],
  run: async (input) => {
    const { options, io } = input;
    const available = await openSenderClient(options, io).webhooks.availableEvents();
    const compared = compareEvents(available, knownEventNames);
    const code = printRows(input, compared, { columns: columns(io), nothing: "" });
    if (!options.has("json")) {
      const says = compared.some(({ standing }) => standing === "new")
        ? "What is new to Hookwell is received and handled like the others; its payload has no type."
        : "Hookwell knows each event that the account offers.";
      io.stderr.write(dimLine(says, io.stderr));
    }
    return code;
  },
};

function columns(io: Io): readonly Column<ComparedEvent>[] {
  const { bold, warn, dim } = io.stdout.palette;
  return [
    { title: "EVENT", cell: ({ name }) => printable(name), paint: bold },
    {
      title: "STANDING",
      cell: ({ standing }) => words[standing],
      paint: (cell, { standing }) => (standing === "new" ? warn(cell) : dim(cell)),
    },
    { title: "FILTERS", cell: ({ filters }) => printable(filters.join(" ")), cut: "end" },
    { title: "", cell: ({ description }) => printable(description), cut: "end", optional: true },
  ];
}
