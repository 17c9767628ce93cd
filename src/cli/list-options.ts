import { momentForms, momentFrom } from "../api/moment.ts";
import { isPattern, patternForms } from "../event/pattern.ts";
import { statuses } from "../ledger/record.ts";
import { oneOf, wholeNumber, type Parser } from "../config/parsers.ts";
import type { Query } from "./client/api-client.ts";
import type { Option, Options } from "./command.ts";
import { UsageError } from "./failure.ts";

/** Checked here, so that the error names the flag; the server reads it by its own clock. */
export const moment: Parser<string> = (raw) =>
  typeof raw === "string" && momentFrom(raw, 0) !== undefined ? { value: raw } : { expected: momentForms };

const pattern: Parser<string> = (raw) =>
  typeof raw === "string" && isPattern(raw) ? { value: raw } : { expected: patternForms };

const notEmpty =
  (expected: string): Parser<string> =>
  (raw) =>
    typeof raw === "string" && raw !== "" ? { value: raw } : { expected };

export const nameFilter: Option = {
  flags: "--name <name>",
  says: "Only events of this name, or matching a pattern such as message.*",
  parse: pattern,
  group: "Which:",
};

export const entityFilter: Option = {
  flags: "--entity <entity>",
  says: "Only events of this entity, such as message:7b1d9e04-…",
  parse: notEmpty("an entity such as message:7b1d9e04-5c3f-4c9a-9b1e-2f6d8a7c0e55"),
  group: "Which:",
};

export const statusFilter: Option = {
  flags: "--status <status>",
  says: `Only events of this status: ${statuses.join(", ")}.`,
  parse: oneOf(statuses),
  group: "Which:",
};

/** Conditions that all lists of events take; the list of all events also takes a status. */
export const eventFilters: readonly Option[] = [
  nameFilter,
  entityFilter,
  {
    flags: "--since <time>",
    says: "Only events received since then: a time with its zone, a date (from midnight UTC), or a span back from now such as 15m or 7d.",
    parse: moment,
    group: "Which:",
  },
  { flags: "--until <time>", says: "Only events received before this time.", parse: moment, group: "Which:" },
  {
    flags: "--text <text>",
    says: "Only events with this text in the body or the error.",
    parse: notEmpty("some text"),
    group: "Which:",
  },
];

/** Items of a list, if nobody says how many. */
export const usualLimit = 50;

export const limitOption: Option = {
  flags: "--limit <n>",
  says: "How many at most.",
  parse: wholeNumber(1, 10_000_000),
  otherwise: String(usualLimit),
};

export const jsonOption: Option = { flags: "--json", says: "One JSON object per line, for programs." };
/** For a command that always has one thing to tell. */
export const oneJsonOption: Option = { flags: "--json", says: "One JSON object, for programs." };

/**
 * The conditions that were given, as a query.
 *
 * @throws {UsageError} if the time ends before it begins
 */
export function filterQuery(options: Options): Query {
  const [since, until] = [options.text("since"), options.text("until")];
  if (since !== undefined && until !== undefined && !isBefore(since, until)) {
    throw new UsageError(
      `--since is ${since}, which is not before --until with ${until}: write an earlier --since, or a later --until.`,
    );
  }
  const keys = ["name", "entity", "since", "until", "text", "status"];
  return Object.fromEntries(keys.map((key) => [key, options.text(key)]));
}

/** Both by one clock. */
function isBefore(since: string, until: string): boolean {
  const now = Date.now();
  return (momentFrom(since, now) ?? -Infinity) < (momentFrom(until, now) ?? Infinity);
}
