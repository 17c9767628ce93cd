import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import type { Sandbox } from "../sandbox.ts";
import { controlRoutes } from "./control.ts";
import { operations } from "./document.ts";
import { guardOf } from "./guard.ts";
import { handlersOf } from "./handlers.ts";
import { type Limits, noLimits, rateLimiter } from "./limits.ts";
import { RefusedError } from "./refused.ts";
import { type AnyHandler, routeOf, routePath } from "./route.ts";

/** Options of `sandboxApp`. */
export interface SandboxAppOptions {
  /** What a client has to live with from the start; `PUT /sandbox/limits` changes it. Default: nothing. */
  readonly limits?: Partial<Limits>;
}

/** The sandbox's side of HTTP: takes a `Request`, without a port. */
export interface SandboxApp {
  readonly fetch: (request: Request) => Promise<Response>;
}

/** The largest body that the sender takes: 10 MB, as its reference says of a batch. */
const mostBytes = 10 * 1024 * 1024;

/**
 * The sender's REST API in front of a sandbox, with routes and checks from its OpenAPI document, and the sandbox's own
 * calls under `/sandbox`. The three regions of the sender are `/r1`, `/r2` and `/r3`; without one it is r1.
 */
export function sandboxApp(sandbox: Sandbox, options: SandboxAppOptions = {}): SandboxApp {
  const { credentials, clock } = sandbox;
  let limits = { ...noLimits, ...options.limits };
  const guard = { credentials, limits: () => limits, pass: rateLimiter(() => clock.now()) };
  const handlers = handlersOf(sandbox, () => limits);
  const api = new Hono();
  for (const operation of operations) {
    const { id, method, path } = operation;
    const route = routeOf(operation, handlers[id] as AnyHandler);
    api.on(method.toUpperCase(), routePath(path), guardOf(operation, guard), route);
  }
  const app = new Hono();
  app.use(bodyLimit({ maxSize: mostBytes, onError: tooLarge }));
  app.route(
    "/",
    controlRoutes(sandbox, {
      limits: () => limits,
      setLimits: (changed) => (limits = { ...limits, ...changed }),
    }),
  );
  app.route("/", api);
  app.route("/:region{r[1-3]}", api);
  app.notFound((context) =>
    context.json({ message: `There is no ${context.req.method} ${context.req.path}.` }, 404),
  );
  app.onError((error, context) => {
    if (error instanceof RefusedError) return context.json(error.toJson(), 400);
    if (error instanceof HTTPException) return context.json({ message: error.message }, error.status);
    return context.json({ message: `The sandbox failed: ${error.message}` }, 500);
  });
  return { fetch: async (request) => app.fetch(request) };
}

function tooLarge(): never {
  throw new HTTPException(400, { message: "The body is larger than 10 MB." });
}
