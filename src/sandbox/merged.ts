import { isPlainObject } from "../lib/plain-object.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The fields of both; where both have an object, the fields of both objects, else what the second says. */
export function merged(first: Fields, second: Fields): Fields {
  const both = Object.entries(second).map(([key, value]) => {
    const old = first[key];
    return [key, isPlainObject(old) && isPlainObject(value) ? merged(old, value) : value];
  });
  return { ...first, ...Object.fromEntries(both) };
}
