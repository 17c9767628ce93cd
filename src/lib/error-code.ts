/**
 * The code of an error, such as `ENOENT` of Node or `28P01` of PostgreSQL; undefined if it has none that is a text.
 * Works for instances of any `Error`: test runners and others have several.
 */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : undefined;
}
