import { createHash } from "node:crypto";

/** The families whose events carry an etag. */
export const etagFamilies: readonly string[] = ["message", "profile", "conversation", "chat"];

/**
 * The etag that the sender gives an entity at a revision, quotes included. It depends on nothing else: found by
 * calculation, it reproduces all published examples whose id is known. Receivers should not read meaning into it.
 *
 * @param family one of `etagFamilies`
 * @example
 * ```ts
 * etagOf("chat", "9b4f6d20-e8c1-47a5-b35d-0f7e2a9c81d6", 6); // '"2b-fa7NIOuhU6Ub5dhl0xgeD0Ps17M"'
 * ```
 */
export function etagOf(family: string, id: string, revision: number): string {
  const text = `${family}_${id}_${revision}`;
  const digest = createHash("sha1").update(text).digest("base64").slice(0, 27);
  return `"${text.length.toString(16)}-${digest}"`;
}

/** The etag of an event; `undefined` if its family has none, or it lacks id or revision. */
export function etagOfEvent({ name, payload, revision }: EtagFields): string | undefined {
  const [family = ""] = name.split(".", 1);
  const id = payload?.["id"];
  if (revision === undefined || typeof id !== "string" || !etagFamilies.includes(family)) return undefined;
  return etagOf(family, id, revision);
}

/** What an event's etag depends on. */
interface EtagFields {
  readonly name: string;
  readonly payload?: Readonly<Record<string, unknown>> | undefined;
  readonly revision?: number | undefined;
}
