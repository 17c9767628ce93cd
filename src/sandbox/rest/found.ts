import { HTTPException } from "hono/http-exception";

/**
 * What was asked for.
 *
 * @throws {HTTPException} 404, if there is no such thing
 */
export function found<T>(thing: T | undefined, kind: string, id: string): T {
  if (thing !== undefined) return thing;
  throw new HTTPException(404, { message: `There is no ${kind} ${id}.` });
}
