import type { HonoRequest } from "hono";
import { RefusedError } from "./refused.ts";

/**
 * The body of a request.
 *
 * @throws {RefusedError} if it is no JSON
 */
export async function jsonBody(request: HonoRequest): Promise<unknown> {
  const text = await request.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new RefusedError([{ path: "$", message: text === "" ? "is required" : "is no JSON" }]);
  }
}
