/**
 * True for what `{ … }` gives, a module as a whole, or an instance whose fields hold something. What a `Map`, a promise
 * or a class has elsewhere would be passed over.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Not compared with the prototype of here: test runners and others have several.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain || Object.keys(value).length > 0;
}
