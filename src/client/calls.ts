import createFetchClient, { type Client } from "openapi-fetch";
import type { components, paths } from "../sender-api/management-api.ts";
import { type Access, pathIn } from "./access.ts";
import { foreign } from "./refusal.ts";

/** The typed calls of the API; all are written with the paths of a region. */
export type Calls = Client<paths>;

export type Schemas = components["schemas"];

/** The calls in the form of the API that the credentials belong to. */
export function callsOf(access: Access, fetch: (request: Request) => Promise<Response>): Calls {
  // A redirect leads to a page for people, and its request would go without body or credentials.
  const calls = createFetchClient<paths>({ baseUrl: access.api, fetch, redirect: "manual" });
  calls.use({
    onRequest: ({ request }) => {
      const path = pathIn(access, request.url.slice(access.api.length));
      return new Request(access.api + path, request);
    },
  });
  return calls;
}

/**
 * What a successful answer holds.
 *
 * @param id the field that every such thing has; another program that answers 200 to everything does not know it
 * @throws {SenderUnavailableError} if that is nothing, or something else than was asked for
 */
export function given<T extends object>(
  answer: { readonly data?: T | undefined; readonly response: Response },
  access: Access,
  id: keyof T & string,
): T {
  const { data, response } = answer;
  if (data !== undefined && data !== null && data[id] !== undefined) return data;
  throw foreign(access.api, response.status);
}

/** The same for a list; an answer without a body is an empty one. */
export function listed<T>(
  answer: { readonly data?: readonly T[] | undefined; readonly response: Response },
  access: Access,
): readonly T[] {
  const { data, response } = answer;
  if (data === undefined) return [];
  if (Array.isArray(data)) return data;
  throw foreign(access.api, response.status);
}
