import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { isKnownName } from "../event/names.ts";
import { pathBelow } from "./path.ts";
import { publishedSchema } from "./published.ts";

/** Where an event is unlike its schema, and how. */
export interface Unlikeness {
  /** Such as `payload.details.channel`; "" for the event as a whole. */
  readonly path: string;
  /** What is said of the path, such as `is missing`; never with a value of the event. */
  readonly message: string;
}

/**
 * What is unlike the published schema in an event: the schema of its name, or, if the name is not known, that of any
 * other event. Fields that no schema names are no unlikeness. The first call for a name takes some ms, since its schema
 * is compiled then; others take microseconds.
 *
 * @param event parsed JSON
 * @returns at most one for each path; empty if the event is as usual
 * @throws {Error} if the schemas are not there
 *
 * @example
 * ```ts
 * checkEvent({ eventId: "1", name: "presence.away" }); // [{ path: "profileId", message: "is missing" }]
 * ```
 */
export function checkEvent(event: unknown): readonly Unlikeness[] {
  const validate = validatorOf((event as { readonly name?: unknown } | null)?.name);
  if (validate(event)) return [];
  const found = new Map<string, string>();
  for (const error of validate.errors ?? []) {
    const path = pathOf(error, event);
    // That no branch of several fits says less than what is wrong with the first.
    if (!found.has(path)) found.set(path, messageOf(error));
  }
  return Array.from(found, ([path, message]) => ({ path, message }));
}

// Our own tests hold the schemas against the standard, which would take tens of ms here.
const ajv = new Ajv2020({
  allErrors: true,
  verbose: true,
  strict: false,
  meta: false,
  validateSchema: false,
});
const validators = new Map<string, ValidateFunction>();

function validatorOf(given: unknown): ValidateFunction {
  const name = typeof given === "string" && isKnownName(given) ? given : "unknown";
  const validate = validators.get(name) ?? ajv.compile(publishedSchema(name));
  validators.set(name, validate);
  return validate;
}

/** A JSON pointer in the words of people; a missing field belongs to it. */
function pathOf({ instancePath, keyword, params }: ErrorObject, event: unknown): string {
  let path = "";
  let value = event;
  for (const part of instancePath.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path = pathBelow(path, Array.isArray(value) ? Number(key) : key);
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  const missing: unknown = keyword === "required" ? params["missingProperty"] : undefined;
  return typeof missing === "string" ? pathBelow(path, missing) : path;
}

function messageOf({ keyword, params, message = "is unlike the schema", data }: ErrorObject): string {
  if (keyword === "required") return "is missing";
  if (keyword !== "type") return message;
  const wanted = [params["type"] as string | readonly string[]].flat();
  return `is ${kindOf(data)}, not ${wanted.map(withArticle).join(" or ")}`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return withArticle(Array.isArray(value) ? "array" : typeof value);
}

const withArticle = (type: string): string => (/^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);
