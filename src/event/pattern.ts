/**
 * Event names and patterns. A pattern is a full name (`message.failed`), a beginning with a star at its end
 * (`message.*`, `conversation.participant*`), or the star alone.
 */

/** True if `pattern` covers `name`. */
export function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** What `isPattern` accepts, as the end of a sentence. */
export const patternForms = "a name (message.failed), a prefix with a star (message.*) or *";

/** True for a full name, a beginning with one star at its end, or `*`. */
export function isPattern(text: string): boolean {
  return text.length > 0 && !text.slice(0, -1).includes("*");
}

/** The most specific of `patterns` for a name: the full name, else the longest beginning. */
export function mostSpecific<T extends string>(patterns: readonly T[], name: string): T | undefined {
  let best: T | undefined;
  for (const pattern of patterns) {
    if (!matches(pattern, name)) continue;
    if (pattern === name) return pattern;
    if (best === undefined || pattern.length > best.length) best = pattern;
  }
  return best;
}
