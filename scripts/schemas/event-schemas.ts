import { createGenerator } from "ts-json-schema-generator";
import { knownEventNames, type KnownEventName } from "../../src/event/names.ts";
import { titleOf } from "../../src/schema/published.ts";
import type { Schema } from "./schema.ts";

const types = new URL("../../src/event/payloads.ts", import.meta.url).pathname;

/**
 * The schema of every event, in JSON Schema 2020-12: that of a known event is made from the type of its payload, so that
 * programs in other languages have what TypeScript has.
 */
export function eventSchemas(): Schema {
  const { PayloadMap: payloads, OpenRecord: _, ...payloadSchemas } = payloadDefinitions();
  if (payloads?.properties === undefined) throw new Error("The generator made no schema of PayloadMap.");
  const events = knownEventNames.map((name) => [
    titleOf(name),
    eventSchema(name, payloads.properties?.[name]),
  ]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "HookwellEvent",
    description:
      "An event of the Enterprise Communications API, as its sender writes it. The schemas describe what the sender is known to send. Hookwell validates no event against them, and the sender may add fields and events at any time.",
    anyOf: [...knownEventNames.map(titleOf), "UnknownEvent"].map((title) => ({
      $ref: `#/$defs/${title}`,
    })),
    $defs: { ...Object.fromEntries(events), UnknownEvent: unknownEvent, ...payloadSchemas },
  };
}

/** What every event has. */
const envelope: Readonly<Record<string, Schema>> = {
  eventId: {
    type: "string",
    minLength: 1,
    maxLength: 1_000,
    description: "Identifies the event; the same on every repeat, so use it as the idempotency key.",
  },
  name: { type: "string", minLength: 1, maxLength: 1_000, description: "What happened." },
  revision: {
    type: "integer",
    minimum: 0,
    description: "Position in the sequence of its entity; gaps are normal.",
  },
  timestamp: { $ref: "#/$defs/Timestamp", description: "When it happened." },
  accountId: { type: ["integer", "string"], description: "The account it belongs to." },
  apiSpaceId: { type: "string", description: "The API space it belongs to." },
  etag: { type: "string", description: "Of the entity at this revision." },
};

const unknownEvent: Schema = {
  type: "object",
  description: "An event whose name is not known here.",
  properties: {
    ...envelope,
    name: { ...envelope["name"], not: { enum: [...knownEventNames] } },
    payload: {},
  },
  required: ["eventId", "name"],
};

function eventSchema(name: KnownEventName, payload: Schema | undefined): Schema {
  const profileId: Schema = { type: "string", description: "The person." };
  return {
    type: "object",
    properties: {
      ...envelope,
      name: { type: "string", const: name, description: envelope["name"]?.["description"] },
      ...(payload?.$ref === undefined ? { profileId } : { payload }),
    },
    required: ["eventId", "name", payload?.$ref === undefined ? "profileId" : "payload"],
  };
}

function payloadDefinitions(): Readonly<Record<string, Schema>> {
  const generator = createGenerator({
    path: types,
    type: "PayloadMap",
    // The compiler has checked these types already, with settings that the generator's program cannot have.
    skipTypeCheck: true,
  });
  const { definitions } = generator.createSchema("PayloadMap") as object as GeneratedSchema;
  if (definitions === undefined) throw new Error("The generator made no definitions.");
  return simplified(definitions);
}

/** The generator knows draft 7 alone, in which definitions had another name. */
interface GeneratedSchema {
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/**
 * JSON has no `undefined`: what may be that may be absent. A record that is open in all is any object. And definitions
 * are where JSON Schema 2020-12 has them.
 */
function simplified<T>(part: T): T {
  if (Array.isArray(part)) return part.map(simplified) as T;
  if (typeof part !== "object" || part === null) return part;
  const { $ref, anyOf, ...rest } = part as Schema;
  const others = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, simplified(value)]));
  if ($ref === "#/definitions/OpenRecord") return { type: "object", ...others } as T;
  if ($ref !== undefined) return { $ref: $ref.replace("#/definitions/", "#/$defs/"), ...others } as T;
  if (anyOf === undefined) return others as T;
  const kept = anyOf.filter(({ not }) => not === undefined).map(simplified);
  return (kept.length === 1 ? { ...kept[0], ...others } : { ...others, anyOf: kept }) as T;
}
