import { parseQuery, type Query } from "./query.ts";
import { RequestError } from "./request-error.ts";

/** A request that found its route. */
export interface Call {
  readonly request: Request;
  readonly query: Query;
  /** The decoded segment of the path for which the route's pattern has this name. */
  segment(name: string): string;
}

/** A call of the API, as data. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Such as `/api/v1/events/{eventId}`; a name in braces stands for one segment, percent-encoded. */
  readonly path: string;
  /** The keys that its query may have. */
  readonly query: readonly string[];
  run(call: Call): Promise<Response>;
}

type Match =
  | { readonly kind: "found"; readonly route: Route; readonly call: Call }
  | { readonly kind: "unknown" }
  /** The path is known, the method is not; `allow` is the value of the header of that name. */
  | { readonly kind: "method"; readonly allow: string };

/**
 * Finds the route of a request. HEAD goes where GET goes.
 *
 * @throws {RequestError} if the path is not percent-encoded UTF-8, or the query is wrong
 */
export function matchRoute(routes: readonly Route[], request: Request): Match {
  const url = new URL(request.url);
  const there = routes.flatMap((route) => {
    const segments = segmentsOf(route.path, url.pathname);
    return segments === undefined ? [] : [{ route, segments }];
  });
  if (there.length === 0) return { kind: "unknown" };
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = there.find(({ route }) => route.method === method);
  if (found === undefined) return { kind: "method", allow: allowed(there.map(({ route }) => route)) };
  const { route, segments } = found;
  return { kind: "found", route, call: callOf(request, parseQuery(url.searchParams, route.query), segments) };
}

function callOf(request: Request, query: Query, encoded: ReadonlyMap<string, string>): Call {
  const decoded = new Map<string, string>();
  for (const [name, segment] of encoded) decoded.set(name, decodeSegment(segment));
  return { request, query, segment: (name) => decoded.get(name) ?? "" };
}

/** The segments that the pattern names, still encoded; `undefined` if the path is another. */
function segmentsOf(pattern: string, pathname: string): ReadonlyMap<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = pathname.split("/");
  if (wanted.length !== given.length) return undefined;
  const segments = new Map<string, string>();
  for (const [index, want] of wanted.entries()) {
    const segment = given[index] ?? "";
    if (want.startsWith("{") && segment !== "") segments.set(want.slice(1, -1), segment);
    else if (want !== segment) return undefined;
  }
  return segments;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new RequestError("The path is not percent-encoded UTF-8; encode ids with encodeURIComponent.");
  }
}

function allowed(routes: readonly Route[]): string {
  const methods = routes.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  return methods.join(", ");
}
