import type { EventRecord, ReplayResponse } from "../../api/contract.ts";
import type { ApiClient } from "../client/api-client.ts";
import { apiOptions } from "../client/where.ts";
import type { Command, Input, Unlisted } from "../command.ts";
import { deadLetterColumns } from "../view/event-table.ts";
import { NotFoundError, UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { jsonLine } from "../view/json-line.ts";
import { printList } from "../view/list-output.ts";
import { eventFilters, filterQuery, jsonOption, limitOption, oneJsonOption } from "../list-options.ts";
import { count, counted } from "../../lib/amounts.ts";
import { removeEach } from "../remove-each.ts";
import { tellWhatIsLeft } from "../view/tell-what-is-left.ts";
import { withClient } from "../client/with-client.ts";

const list: Command = {
  name: "list",
  summary: "List dead letters, the newest first.",
  options: [limitOption, jsonOption, ...eventFilters, ...apiOptions],
  examples: [
    {
      line: "hookwell dead-letters list --name 'message.*' --since 24h",
      says: "those of message events since yesterday",
    },
    {
      line: "hookwell dead-letters list --json --limit 9999 | jq .error | sort | uniq -c",
      says: "how often each reason occurs",
    },
  ],
  run: (input) =>
    printList<EventRecord>(input, {
      path: "/api/v1/dead-letters",
      query: filterQuery(input.options),
      columns: deadLetterColumns(input.io),
      nothing: "No dead letters. ✓",
    }),
};

const replay: Command = {
  name: "replay",
  summary: "Hand dead letters to their handlers again.",
  arguments: [{ form: "[ids...]", says: "Event ids; without any, give a condition or --all." }],
  options: [
    { flags: "--all", says: "All dead letters." },
    { flags: "--dry-run", says: "Only count them." },
    oneJsonOption,
    ...eventFilters,
    ...apiOptions,
  ],
  examples: [
    {
      line: "hookwell dead-letters replay --text 'no database' --dry-run",
      says: "how many would be replayed?",
    },
    { line: "hookwell dead-letters replay --text 'no database'", says: "do it" },
    { line: "hookwell dead-letters replay 5c4d0c1e-93a8-4f5e-9d53-1a2b3c4d5e6f", says: "one of them" },
  ],
  run: (input) => withClient(input, (client) => replayThem(client, input)),
};

const remove: Command = {
  name: "remove",
  summary: "Remove dead letters for good.",
  arguments: [{ form: "<ids...>", says: "Event ids." }],
  options: [jsonOption, ...apiOptions],
  examples: [
    { line: "hookwell dead-letters remove 5c4d0c1e-93a8-4f5e-9d53-1a2b3c4d5e6f", says: "forget one" },
  ],
  run: (input) => removeEach(input, "/api/v1/dead-letters", "eventId"),
};

export const deadLetters: Unlisted = {
  commands: [list, replay, remove],
};

async function replayThem(client: ApiClient, { args, options, io }: Input): Promise<void> {
  const filter = filterQuery(options);
  if (args.length > 0 && options.has("all")) {
    throw new UsageError(
      "Event ids and --all exclude each other: choose one.",
      "hookwell dead-letters replay",
    );
  }
  const hasConditions = Object.values(filter).some((value) => value !== undefined);
  if (args.length === 0 && !hasConditions && !options.has("all")) {
    throw new UsageError(
      "Which ones? Name event ids, give a condition such as --since 24h, or use --all.",
      "hookwell dead-letters replay",
    );
  }
  const dryRun = options.has("dryRun");
  const eventIds = args.length === 0 ? {} : { eventIds: args };
  const request = { ...filter, ...eventIds, dryRun };
  const answer = await replayed(client, request, io);
  io.stdout.write(options.has("json") ? jsonLine(answer) : `${replayText(answer, dryRun, io)}\n`);
  if (answer.matched < new Set(args).size) {
    // Somebody else may have replayed them a moment ago.
    throw new NotFoundError(
      `${notDead(answer.missing, hasConditions)}: name whole ids, as \`--json\` shows them. \`hookwell show ID\` tells whether it was replayed meanwhile.`,
    );
  }
}

async function replayed(client: ApiClient, request: unknown, io: Io): Promise<ReplayResponse> {
  using _left = tellWhatIsLeft(client, io, { one: "dead letter", of: ({ events }) => events?.dead ?? null });
  return await client.post("/api/v1/dead-letters/replay", request);
}

/** Ids that are named; of more it is told how many there are. */
const mostNamed = 5;

/**
 * @param ids undefined if an older server does not tell them
 * @param hasConditions whether a dead letter must meet some besides its id
 */
function notDead(ids: readonly string[] | undefined, hasConditions: boolean): string {
  if (ids === undefined) return "Not each of these ids is that of a dead letter";
  const named = ids.slice(0, mostNamed).join(", ");
  const others = ids.length > mostNamed ? ` and ${count(ids.length - mostNamed)} more` : "";
  const meeting = hasConditions ? " that matches the conditions" : "";
  return `No dead letter${meeting} has the id${ids.length === 1 ? "" : "s"} ${named}${others}`;
}

function replayText({ matched, replayed }: ReplayResponse, dryRun: boolean, io: Io): string {
  const { good, dim } = io.stdout.palette;
  return dryRun
    ? `${counted(matched, "dead letter")} would be replayed. ${dim("Nothing was changed.")}`
    : `${replayed > 0 ? good("✓") : dim("–")} ${counted(replayed, "dead letter")} replayed.`;
}
