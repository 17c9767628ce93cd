import { isPattern } from "../event/pattern.ts";
import { statuses, type EventFilter, type EventStatus, type Page } from "../ledger/record.ts";
import { mostItems } from "../ledger/ledger.ts";
import { momentForms, momentFrom } from "./moment.ts";
import { quoted, RequestError } from "./request-error.ts";

/** The query of a call: known keys only, each at most once and not empty. */
export type Query = ReadonlyMap<string, string>;

export const defaultLimit = 50;

/** Conditions of all lists of events, and of replays. */
export const conditionKeys = ["entity", "name", "since", "until", "text"] as const;
/** All that `filterOf` knows. */
export const filterKeys: readonly string[] = [...conditionKeys, "status"];
export const pageKeys = ["limit", "cursor"] as const;

/**
 * Reads the query of an address.
 *
 * @throws {RequestError} on a key that the call does not know, is there twice, or is empty
 */
export function parseQuery(search: URLSearchParams, known: readonly string[]): Query {
  const query = new Map<string, string>();
  for (const [key, value] of search) {
    if (!known.includes(key)) throw new RequestError(`${quoted(key)} is not known here. ${knows(known)}`);
    if (query.has(key)) throw new RequestError(`\`${key}\` is given twice; give it once.`);
    if (value === "") throw new RequestError(`\`${key}\` is empty; give it a value or leave it out.`);
    query.set(key, value);
  }
  return query;
}

function knows(known: readonly string[]): string {
  return known.length === 0 ? "This call takes no query." : `This call takes ${known.join(", ")}.`;
}

/** How many items an answer may have: 1 to 1,000. */
export function limitOf(query: Query, unlessGiven: number = defaultLimit): number {
  const text = query.get("limit");
  if (text === undefined) return unlessGiven;
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= mostItems) return limit;
  throw new RequestError(`\`limit\` must be a whole number from 1 to ${mostItems}.`);
}

/**
 * Reads the page that a query asks for.
 *
 * @throws {RequestError} also if the store does not know the cursor
 */
export async function pageOf<T>(
  query: Query,
  read: (limit: number, cursor: string | null) => Promise<Page<T>>,
): Promise<Page<T>> {
  const cursor = query.get("cursor") ?? null;
  try {
    return await read(limitOf(query), cursor);
  } catch (error) {
    // That is how stores refuse a cursor that is not theirs.
    if (cursor !== null && error instanceof RangeError) throw new RequestError(wrongCursor);
    throw error;
  }
}

const wrongCursor = "`cursor` must be the `next` of the previous page; leave it out for the first page.";

/**
 * The conditions of a list.
 *
 * @throws {RequestError} on a value that has no meaning, and if the time ends before it begins: an empty list would
 *   say that nothing was received
 */
export function filterOf(query: Query, now: number): EventFilter {
  const [entity, name, text] = [query.get("entity"), nameOf(query), query.get("text")];
  const status = statusOf(query);
  const since = momentOf(query, "since", now);
  const until = momentOf(query, "until", now);
  if (since !== undefined && until !== undefined && since > until) {
    throw new RequestError("`since` is after `until`; give an earlier `since`, or a later `until`.");
  }
  return {
    ...(entity === undefined ? {} : { entity }),
    ...(name === undefined ? {} : { name }),
    ...(status === undefined ? {} : { status }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(text === undefined ? {} : { text }),
  };
}

/** A full name, or a beginning with a star. */
export function nameOf(query: Query): string | undefined {
  const name = query.get("name");
  if (name === undefined || isPattern(name)) return name;
  throw new RequestError("`name` must be an event name, or a prefix with a star such as `message.*`.");
}

export function statusOf(query: Query): EventStatus | undefined {
  const text = query.get("status");
  if (text === undefined) return undefined;
  const status = statuses.find((known) => known === text);
  if (status !== undefined) return status;
  throw new RequestError(`\`status\` must be one of ${statuses.join(", ")}.`);
}

function momentOf(query: Query, key: "since" | "until", now: number): number | undefined {
  const text = query.get(key);
  if (text === undefined) return undefined;
  const moment = momentFrom(text, now);
  if (moment !== undefined) return moment;
  throw new RequestError(`\`${key}\` must be ${momentForms}.`);
}
