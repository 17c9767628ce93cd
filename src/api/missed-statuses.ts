import { eventStatuses, type MissedStatus } from "../event/synthetic.ts";
import { parseTime } from "../event/time.ts";
import { isPlainObject } from "../lib/plain-object.ts";
import { readText } from "./request-body.ts";
import { quoted, RequestError } from "./request-error.ts";

/** Most statuses of a request. */
export const mostStatuses = 1_000;
/** Characters of a message's id: with it in them, the ids of events and entities are still short enough. */
export const mostMessageId = 900;

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

/** What each field must be, and whether it is. */
const fields: Readonly<
  Record<keyof MissedStatus, readonly [expected: string, fits: (value: unknown) => boolean]>
> = {
  messageId: [`a string of 1 to ${mostMessageId} characters`, isMessageId],
  status: [`one of ${eventStatuses.join(", ")}`, (value) => eventStatuses.some((status) => status === value)],
  timestamp: ["a time in ISO 8601", (value) => typeof value === "string" && !Number.isNaN(parseTime(value))],
  channel: ["a string that is not empty", isText],
  details: ["an object", isPlainObject],
  metadata: ["an object", isPlainObject],
  accountId: ["a whole number or a string", (value) => Number.isSafeInteger(value) || isText(value)],
  apiSpaceId: ["a string that is not empty", isText],
};
const required: readonly string[] = ["messageId", "status"];

/**
 * Reads the body of `POST /events`: one status or a list of them.
 *
 * @throws {RequestError} naming the first field that is wrong
 */
export async function readMissedStatuses(request: Request): Promise<readonly MissedStatus[]> {
  const body = parse(await readText(request));
  if (!Array.isArray(body)) return [statusOf(body, "A status", "")];
  if (body.length >= 1 && body.length <= mostStatuses)
    return body.map((item: unknown, index) => statusOf(item, `[${index}]`, `[${index}].`));
  throw new RequestError(`A list must have 1 to ${mostStatuses} statuses.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(
      "The body must be JSON: an object with `messageId` and `status`, or a list of them.",
    );
  }
}

/**
 * @param what it is called in messages
 * @param path of its fields, up to their names
 */
function statusOf(item: unknown, what: string, path: string): MissedStatus {
  if (!isPlainObject(item)) {
    throw new RequestError(`${what} must be an object with \`messageId\` and \`status\`.`);
  }
  for (const key of Object.keys(item)) {
    if (!Object.hasOwn(fields, key)) {
      const known = Object.keys(fields).join(", ");
      throw new RequestError(`${quoted(path + key)} is not known here. A status takes ${known}.`);
    }
  }
  for (const [key, [expected, fits]] of Object.entries(fields)) {
    const value = item[key];
    if (value === undefined ? required.includes(key) : !fits(value)) {
      throw new RequestError(`\`${path}${key}\` must be ${expected}.`);
    }
  }
  return item as unknown as MissedStatus;
}

function isMessageId(value: unknown): boolean {
  if (typeof value !== "string" || value.length === 0 || value.length > mostMessageId) return false;
  return value.isWellFormed() && !value.includes("\ufffd");
}
