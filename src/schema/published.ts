import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isKnownName, type KnownEventName, knownEventNames } from "../event/names.ts";
import { ownFolder } from "../lib/own-manifest.ts";

/** A JSON Schema (2020-12), as far as its parts are looked at here. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly [keyword: string]: unknown;
}

/** What a schema is asked for by: any event, or one that is known. */
export type SchemaName = "events" | KnownEventName;

export const schemaNames: readonly SchemaName[] = ["events", ...knownEventNames];

export const isSchemaName = (name: string): name is SchemaName => name === "events" || isKnownName(name);

/** The definition of an event in the schema of all, such as `MessageSent` for `message.sent`. */
export const titleOf = (name: string): string =>
  name.replace(/(?:^|\.)(\w)/g, (_, first: string) => first.toUpperCase());

/**
 * A published schema, by itself: that of any event, or that of one. For a name that is not known it is that of an event
 * that is not known.
 *
 * @example
 * ```ts
 * new Ajv2020({ allowUnionTypes: true }).validate(publishedSchema("message.sent"), event);
 * ```
 */
export function publishedSchema(name: string): JsonSchema {
  const all = allEvents();
  if (name === "events") return all;
  const title = isKnownName(name) ? titleOf(name) : "UnknownEvent";
  const $defs = Object.fromEntries(needed(title, all.$defs));
  return { $schema: all.$schema, title, $ref: refTo(title), $defs };
}

/**
 * The AsyncAPI document, as it is served: it names the schema of the events by its address in the API, relative to its
 * own.
 */
export const publishedAsyncApi = (): string =>
  (asyncApi ??= read("asyncapi.json").replaceAll('"./events.schema.json"', '"./schemas/events"'));

type WholeSchema = JsonSchema & Required<Pick<JsonSchema, "$schema" | "$defs">>;

let schemas: WholeSchema | undefined;
let asyncApi: string | undefined;

const allEvents = (): WholeSchema => (schemas ??= JSON.parse(read("events.schema.json")) as WholeSchema);

/** They are beside the code in the repository, in the package and in the image. */
const read = (file: string): string => readFileSync(join(ownFolder(), "docs", "schemas", file), "utf8");

const refTo = (title: string): string => `#/$defs/${title}`;

/** A definition, and all that it refers to. */
function needed(
  title: string,
  definitions: Readonly<Record<string, JsonSchema>>,
  found = new Map<string, JsonSchema>(),
): ReadonlyMap<string, JsonSchema> {
  const definition = definitions[title];
  if (definition === undefined || found.has(title)) return found;
  found.set(title, definition);
  for (const [, inner = ""] of JSON.stringify(definition).matchAll(/"\$ref":"#\/\$defs\/(\w+)"/g))
    needed(inner, definitions, found);
  return found;
}
