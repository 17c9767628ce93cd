import type { Context, Handler as Route } from "hono";
import type { ContentfulStatusCode, StatusCode } from "hono/utils/http-status";
import type { Operation } from "./document.ts";
import { jsonBody } from "./json-body.ts";
import { validatorOf } from "./validate.ts";

/** What a handler is given, and gives, when nobody knows of which operation it is. */
export type AnyHandler = (call: AnyCall) => AnyReply | Promise<AnyReply>;
interface AnyCall {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly ifMatch: string | undefined;
  readonly body: unknown;
  readonly origin: string;
}
interface AnyReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The route of an operation: its handler gets what the document approves of. */
export function routeOf(operation: Operation, handler: AnyHandler): Route {
  return async (context) => {
    const validator = validatorOf(operation);
    const { req } = context;
    const raw = { path: req.param(), query: req.query(), header: req.header() };
    const { path, query } = validator.parameters(raw);
    const body = operation.body === undefined ? undefined : await jsonBody(req);
    validator.body(body);
    const { origin } = new URL(req.url);
    return answer(context, await handler({ path, query, ifMatch: req.header("if-match"), body, origin }));
  };
}

/** The path of an operation as Hono writes it. */
export const routePath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ":$1");

function answer(context: Context, { status, body, headers = {} }: AnyReply): Response {
  if (body === undefined) return context.body(null, status as StatusCode, headers);
  return context.json(body, status as ContentfulStatusCode, headers);
}
