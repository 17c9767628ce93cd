import { callsTable, errorsTable, metricsTable } from "./api-tables.ts";
import { cliReference } from "./cli-reference.ts";
import { engineKeysTable } from "./engine-keys-table.ts";
import { eventsTable, familiesTable } from "./event-tables.ts";
import { settingsTable } from "./settings-table.ts";

/** A part of a page that is made from the source, so that it cannot be out of date. */
export interface Generated {
  /** In the folder docs. */
  readonly file: string;
  /** Stands in its markers. */
  readonly name: string;
  readonly make: () => string | Promise<string>;
}

export const generated: readonly Generated[] = [
  { file: "operate.md", name: "settings", make: settingsTable },
  { file: "cli.md", name: "engine-keys", make: engineKeysTable },
  { file: "operate.md", name: "metrics", make: metricsTable },
  { file: "events.md", name: "events", make: eventsTable },
  { file: "events.md", name: "families", make: familiesTable },
  { file: "cli.md", name: "commands", make: cliReference },
  { file: "api.md", name: "calls", make: callsTable },
  { file: "embed.md", name: "errors", make: errorsTable },
];
