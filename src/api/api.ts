import {
  ClosedError,
  type HookwellError,
  LedgerUnavailableError,
  QuarantineUnavailableError,
  QueueUnavailableError,
} from "../errors.ts";
import { errorText } from "../lib/is-error.ts";
import { rareLog } from "../lib/rare-log.ts";
import { errorFields, type Log } from "../log.ts";
import { failure, json, type Api } from "./answer.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { engineRoutes } from "./engines.ts";
import { entityRoutes } from "./entities.ts";
import { eventRoutes } from "./events.ts";
import { openApiDocument } from "./openapi/openapi.ts";
import type { ApiParts } from "./parts.ts";
import { quarantineRoutes } from "./quarantine.ts";
import { Replays } from "./replays.ts";
import { RequestError } from "./request-error.ts";
import { matchRoute, type Route } from "./router.ts";
import { schemaRoutes } from "./schemas.ts";
import { statsRoutes } from "./stats.ts";
import { streamRoutes } from "./stream.ts";
import { syntheticRoutes } from "./synthetic-events.ts";

/** While a part is away, it is logged again this often, in ms. */
const troubleMs = 60_000;

/**
 * Everything under `/api/v1`, the document that describes it, and the schemas of the events. Asks nobody for a token:
 * see `requireToken`.
 *
 * @example
 * ```ts
 * const api = createApi(parts);
 * const response = await api.fetch(new Request("http://local/api/v1/stats"));
 * ```
 */
export function createApi(parts: ApiParts): Api {
  // A page of the console asks every two seconds, and goes on while a part is away.
  const rare = rareLog(parts.log, troubleMs, () => parts.now());
  const log: Log = { ...parts.log, warn: (fact, fields) => rare.warn(fact, fields) };
  const routes = apiRoutes({ ...parts, log });
  return {
    fetch: async (request) => {
      const response = await answer(routes, request, { ...parts, log });
      return request.method === "HEAD" ? withoutBody(response) : response;
    },
  };
}

/** All calls of the API, as data. */
export function apiRoutes(parts: ApiParts): readonly Route[] {
  const replays = new Replays(parts);
  return [
    ...eventRoutes(parts, replays),
    ...syntheticRoutes(parts),
    ...entityRoutes(parts),
    ...deadLetterRoutes(parts, replays),
    ...quarantineRoutes(parts),
    ...statsRoutes(parts),
    ...engineRoutes(parts),
    ...streamRoutes(parts),
    ...schemaRoutes,
    { method: "GET", path: "/api/openapi.json", query: [], run: async () => json(openApiDocument) },
  ];
}

async function answer(routes: readonly Route[], request: Request, told: Told): Promise<Response> {
  try {
    const match = matchRoute(routes, request);
    switch (match.kind) {
      case "found":
        return await match.route.run(match.call);
      case "unknown":
        return failure(404, "NO_SUCH_CALL", "There is no such call; /api/openapi.json lists all of them.");
      case "method": {
        const message = `This call does not take that method; it takes ${match.allow}.`;
        return failure(405, "METHOD_NOT_ALLOWED", message, { allow: match.allow });
      }
    }
  } catch (error) {
    return failed(error, request, told);
  }
}

/** Who is told why a call failed. */
type Told = Pick<ApiParts, "log" | "tellsWhy">;

function failed(error: unknown, request: Request, { log, tellsWhy = false }: Told): Response {
  if (error instanceof RequestError) return failure(error.status, error.code, error.message);
  // The path holds ids of events and the query may hold anything, so the log gets neither.
  const fields = { method: request.method, ...errorFields(error) };
  if (isPassing(error)) {
    const part = partOf(error);
    log.warn("api.unavailable", { part, ...fields, code: error.code });
    const subject = part === undefined ? "This" : `The ${part}`;
    const message = `${subject} cannot be read or written now; the log of the server says why. Try again later.`;
    return failure(503, error.code, tellsWhy ? error.message : message, { "retry-after": "2" });
  }
  log.error("api.failed", fields);
  const message = "Something went wrong inside; the log of the server says what.";
  return failure(500, "INTERNAL", tellsWhy ? errorText(error) : message);
}

function isPassing(error: unknown): error is HookwellError {
  return (
    error instanceof QueueUnavailableError ||
    error instanceof LedgerUnavailableError ||
    error instanceof QuarantineUnavailableError ||
    error instanceof ClosedError
  );
}

function partOf(error: HookwellError): string | undefined {
  if (error instanceof QueueUnavailableError) return "queue";
  if (error instanceof LedgerUnavailableError) return "ledger";
  return error instanceof QuarantineUnavailableError ? "quarantine" : undefined;
}

function withoutBody(response: Response): Response {
  // Also ends a stream, which nobody is going to read.
  void response.body?.cancel();
  return new Response(null, response);
}
