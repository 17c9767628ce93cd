import { didYouMean } from "../lib/nearest.ts";
import { pathBelow } from "./path.ts";
import { type JsonSchema, publishedSchema } from "./published.ts";

/** A field of an event that its schema does not name; the sender may add fields at any time. */
export interface NewField {
  readonly path: string;
  /** ` Did you mean x?` if the schema has a field like it that the event lacks; else "". */
  readonly hint: string;
}

/** What is new in an event of a known name, in the order in which it stands there. */
export function newFields(event: unknown, name: string): readonly NewField[] {
  const { $defs = {}, ...whole } = publishedSchema(name);
  const resolved = ({ $ref, ...schema }: JsonSchema): JsonSchema =>
    $ref === undefined ? schema : resolved($defs[$ref.replace("#/$defs/", "")] ?? {});
  const inside = (value: unknown, unresolved: JsonSchema, path: string): readonly NewField[] => {
    const { properties, additionalProperties: others, items = {} } = resolved(unresolved);
    if (Array.isArray(value))
      return value.flatMap((item, index) => inside(item, items, pathBelow(path, index)));
    if (typeof value !== "object" || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      const below = pathBelow(path, key);
      const known = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : others;
      if (known !== undefined) return inside(inner, known, below);
      // Without a word about fields, any are as usual as others.
      if (properties === undefined) return [];
      const lacking = Object.keys(properties).filter((field) => !Object.hasOwn(value, field));
      return [{ path: below, hint: didYouMean(key, lacking) }];
    });
  };
  return inside(event, whole, "");
}
