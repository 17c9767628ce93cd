import type { MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { SandboxCredentials } from "../sandbox.ts";
import type { Operation, OperationId, Scheme } from "./document.ts";
import type { Limits, Passage } from "./limits.ts";

export interface GuardOptions {
  readonly credentials: SandboxCredentials;
  readonly limits: () => Limits;
  readonly pass: (operation: Operation, limits: Limits) => Passage;
}

/** The calls that every region answers: it is how a client learns which region is the right one. */
const inEveryRegion: readonly OperationId[] = ["getAccountInfo"];

/**
 * Lets a call through if the sender would: 401 for wrong credentials, 404 for another API Space (a guess), 403 for
 * another region, 429 for too many calls.
 */
export function guardOf(operation: Operation, options: GuardOptions): MiddlewareHandler {
  const { credentials, limits, pass } = options;
  const isGenuine = authenticator(credentials)[operation.scheme];
  return async (context, next) => {
    const { req } = context;
    if (!isGenuine(req.header("authorization") ?? "")) {
      context.header("WWW-Authenticate", operation.scheme === "basicAuth" ? "Basic" : "Bearer");
      throw new HTTPException(401, { message: wrongCredentials[operation.scheme] });
    }
    const space = req.param("apiSpaceId") ?? credentials.apiSpaceId;
    if (space !== credentials.apiSpaceId) {
      throw new HTTPException(404, { message: `There is no API Space ${space}.` });
    }
    const { region } = limits();
    const isAtHome = (req.param("region") ?? "r1") === region || inEveryRegion.includes(operation.id);
    if (operation.scheme === "basicAuth" && !isAtHome) {
      throw new HTTPException(403, { message: "Access is denied: the account lives in another region." });
    }
    const { passes, headers } = pass(operation, limits());
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    if (!passes) throw excess(limits());
    await next();
  };
}

const wrongCredentials: Readonly<Record<Scheme, string>> = {
  basicAuth: "The user or the password is wrong.",
  bearerAuth: "The access token is wrong.",
};

function authenticator({
  token,
  user,
  password,
}: SandboxCredentials): Record<Scheme, (sent: string) => boolean> {
  const login = Buffer.from(`${user}:${password}`).toString("base64");
  const same = (scheme: string, value: string) => (sent: string) =>
    sent.toLowerCase().startsWith(`${scheme} `) && sent.slice(scheme.length + 1).trim() === value;
  return { basicAuth: same("basic", login), bearerAuth: same("bearer", token) };
}

function excess({ legacyRateLimit }: Limits): HTTPException {
  return legacyRateLimit
    ? new HTTPException(400, { message: "Excess of calls: the account is capped for now." })
    : new HTTPException(429, { message: "Too many calls in this minute." });
}
