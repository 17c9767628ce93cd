import { conditionKeys, filterOf, type Query } from "./query.ts";
import type { ReplayOrder } from "./replays.ts";
import { readText } from "./request-body.ts";
import { quoted, RequestError } from "./request-error.ts";

const fields: readonly string[] = [...conditionKeys, "eventIds", "dryRun"];

/** Most ids of a request. */
export const mostIds = 1_000;

/**
 * Reads the body of `POST /dead-letters/replay`.
 *
 * @param now ms since 1970, for spans such as `24h`
 * @throws {RequestError} if it is no such request
 */
export async function readReplayRequest(request: Request, now: number): Promise<ReplayOrder> {
  const body = parseObject(await readText(request));
  for (const key of Object.keys(body)) {
    if (!fields.includes(key)) {
      throw new RequestError(`${quoted(key)} is not known here. The body takes ${fields.join(", ")}.`);
    }
  }
  return {
    filter: filterOf(conditionsOf(body), now),
    eventIds: idsOf(body["eventIds"]),
    dryRun: flagOf(body["dryRun"]),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  // A body that was forgotten must not mean "replay everything".
  const wanted = "The body must be a JSON object; `{}` means all dead letters.";
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new RequestError(wanted);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new RequestError(wanted);
  return json as Record<string, unknown>;
}

function conditionsOf(body: Readonly<Record<string, unknown>>): Query {
  const query = new Map<string, string>();
  for (const key of conditionKeys) {
    const value = body[key];
    if (value === undefined) continue;
    if (typeof value !== "string" || value === "") {
      throw new RequestError(`\`${key}\` must be a string that is not empty; or leave it out.`);
    }
    query.set(key, value);
  }
  return query;
}

function idsOf(value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  const isIds = Array.isArray(value) && value.every((id) => typeof id === "string");
  if (isIds && value.length > 0 && value.length <= mostIds) return new Set(value);
  throw new RequestError(`\`eventIds\` must be an array of 1 to ${mostIds} strings; or leave it out.`);
}

function flagOf(value: unknown): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? false;
  throw new RequestError("`dryRun` must be true or false.");
}
