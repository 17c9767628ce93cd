/**
 * True for what `{ … }` gives, a module as a whole, or an instance of a class that has fields and nothing else. In a
 * `Map`, a promise or an instance of another class, what matters is not in fields, and would be passed over.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Not compared with our own `Object.prototype`: test runners and others have several.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return true;
  const hasMethods = Object.getOwnPropertyNames(prototype).some((name) => name !== "constructor");
  return !hasMethods && Object.keys(value).length > 0;
}
