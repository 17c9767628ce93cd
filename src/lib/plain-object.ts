/**
 * True for what `{ … }` gives, a module as a whole, or an instance of a class that has fields and nothing else. What a
 * `Map`, a promise or a class has elsewhere would be passed over.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Not compared with the prototype of here: test runners and others have several.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
  const hasMethods = Object.getOwnPropertyNames(prototype).some((name) => name !== "constructor");
  return !hasMethods && Object.keys(value).length > 0;
}
