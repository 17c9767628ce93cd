/**
 * True for what `{ … }` gives, or a module as a whole: all that it has are its own properties. What a `Map`, a promise
 * or an instance of a class has would be passed over.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Not compared with the prototype of here: test runners and others have several.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
