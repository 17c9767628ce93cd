import { asyncApi } from "./asyncapi.ts";
import { eventSchemas } from "./event-schemas.ts";
import type { Schema } from "./schema.ts";

/** A file that is made from the source, so that it cannot be out of date. */
interface SchemaFile {
  /** In the folder docs. */
  readonly file: string;
  readonly make: () => Schema;
}

export const schemaFiles: readonly SchemaFile[] = [
  { file: "schemas/events.schema.json", make: eventSchemas },
  { file: "schemas/asyncapi.json", make: () => asyncApi },
];

export const textOf = (schema: Schema): string => `${JSON.stringify(schema, null, 2)}\n`;
