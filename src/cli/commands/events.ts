import type { EventRecord } from "../../api/contract.ts";
import { apiOptions } from "../client/where.ts";
import type { Unlisted } from "../command.ts";
import { eventColumns } from "../view/event-table.ts";
import { printList } from "../view/list-output.ts";
import { eventFilters, filterQuery, jsonOption, limitOption, statusFilter } from "../list-options.ts";

export const events: Unlisted = {
  options: [limitOption, jsonOption, ...eventFilters, statusFilter, ...apiOptions],
  examples: [
    { line: "hookwell events --status dead --since 24h", says: "what failed for good since yesterday" },
    {
      line: "hookwell events --name 'message.*' --text 48213",
      says: "message events with this text in them",
    },
    { line: "hookwell events --json --limit 100000 | jq -r .eventId", says: "for other programs" },
  ],
  run: (input) =>
    printList<EventRecord>(input, {
      path: "/api/v1/events",
      query: filterQuery(input.options),
      columns: eventColumns(input.io),
      nothing: "No events match.",
    }),
};
