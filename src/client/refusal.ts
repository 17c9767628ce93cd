import { span } from "../lib/times.ts";
import {
  type RefusedPlace,
  SenderCredentialsError,
  type SenderError,
  SenderForbiddenError,
  SenderNotFoundError,
  SenderRateLimitedError,
  SenderRefusedError,
  SenderStaleError,
  SenderUnavailableError,
  SenderWrongRegionError,
} from "./errors.ts";
import { toldMs } from "./waits.ts";

/** An answer that is no success. */
export interface Answer {
  /** Where it is from, for people, such as `https://r1-api.dotdigital.com`. */
  readonly where: string;
  readonly method: string;
  /** Path of the request. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The host of the account's region, if this one has refused it and another is known. */
  readonly rightHost: string | undefined;
}

/** Said where a request may have been carried out all the same: the API knows no idempotency key. */
export const unknownEnd = (method: string): string =>
  method === "POST"
    ? "Whether it was done is unknown: look before you repeat it, since it might be done twice."
    : "Whether it was done is unknown: look before you go on.";

/** The error that an answer means, as one sentence for people. */
export function refusalOf(answer: Answer, now: number): SenderError {
  const { where, method, status, headers, text } = answer;
  if (status === 401) {
    return new SenderCredentialsError(`${where} does not know these credentials (401).`, status);
  }
  if (status === 403) return forbidden(answer);
  const wait = toldMs(answer, now);
  if (status === 429) {
    const scope = headers.get("x-ratelimit-scope");
    const which = scope === null ? "" : ` of the scope ${short(scope)}`;
    return new SenderRateLimitedError(
      `${where} takes no more calls${which} for now (429): ${later(wait)}.`,
      status,
      wait ?? null,
    );
  }
  if (status >= 500) {
    const mayBeDone = method !== "GET";
    const end = mayBeDone ? unknownEnd(method) : `${later(wait).replace(/^t/, "T")}.`;
    return new SenderUnavailableError(`${where} fails at the moment (${status}). ${end}`, status, {
      mayBeDone,
    });
  }
  if (status < 400 || isForeign(text)) return foreign(where, status);
  if (status === 404)
    return new SenderNotFoundError(`${where} has no ${thingOf(answer.path)} (404).`, status);
  if (status === 412) {
    return new SenderStaleError(
      `The ${thingOf(answer.path)} was changed since that ETag (412): show it again, then repeat the change.`,
      status,
    );
  }
  return refused(answer, wait);
}

/** What a person is told when something else than the API answers, such as a page for people. */
export function foreign(where: string, status: number, mayBeDone = false): SenderUnavailableError {
  return new SenderUnavailableError(
    `${where} does not answer as the API does (status ${status}): is the URL right?`,
    status,
    { mayBeDone },
  );
}

/** True for text that is not JSON. */
export function isForeign(text: string): boolean {
  if (text === "") return false;
  return parsed(text) === undefined;
}

function forbidden({ where, status, rightHost }: Answer): SenderForbiddenError {
  if (rightHost !== undefined) {
    return new SenderWrongRegionError(
      `This account is in another region (403): use ${rightHost} instead of ${where}.`,
      status,
      rightHost,
    );
  }
  return new SenderForbiddenError(
    `${where} does not let these credentials do that (403): the API user may lack the right, or the account may be in another region.`,
    status,
  );
}

function refused({ where, status, headers, text }: Answer, wait: number | undefined): SenderError {
  const body = parsed(text) ?? {};
  const message = typeof body["message"] === "string" ? short(body["message"]) : "";
  const places = placesOf(body["validationFailures"]);
  const isExcess =
    headers.get("x-ratelimit-remaining") === "0" || /rate.?limit|too many|excess/i.test(message);
  if (status === 400 && isExcess && places.length === 0) {
    return new SenderRateLimitedError(
      `${where} takes no more calls for now, and says so with 400, as its older limit does: ${later(wait)}.`,
      status,
      wait ?? null,
    );
  }
  const found = places.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  const says = (found.length > 0 ? found.slice(0, 5) : [message]).filter((part) => part !== "");
  const why = says.length === 0 ? "." : `: ${says.join("; ").replace(/\.$/, "")}.`;
  return new SenderRefusedError(`${where} refuses the request (${status})${why}`, status, places);
}

/** No schema of `validationFailures` is published: texts, objects with a path and a message, or messages by path. */
function placesOf(failures: unknown): readonly RefusedPlace[] {
  if (Array.isArray(failures)) return failures.flatMap(placeOf);
  if (typeof failures !== "object" || failures === null) return [];
  return Object.entries(failures).map(([path, message]) => ({
    path: short(path),
    message: short(textOf(message)),
  }));
}

function placeOf(failure: unknown): readonly RefusedPlace[] {
  if (typeof failure === "string") return [{ path: "", message: short(failure) }];
  if (typeof failure !== "object" || failure === null) return [];
  const { path, propertyName, field, message, failureCode } = failure as Readonly<Record<string, unknown>>;
  return [
    { path: short(textOf(path ?? propertyName ?? field)), message: short(textOf(message ?? failureCode)) },
  ];
}

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : Array.isArray(value) ? value.map(textOf).join(", ") : "";

/** What a stranger wrote must not fill the screen. */
const short = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

const later = (wait: number | undefined): string =>
  wait === undefined ? "try again later" : `try again in ${span(wait)}`;

const things: Readonly<Record<string, string>> = {
  webhooks: "registration",
  messages: "message",
  profiles: "profile",
};

/** `/cpaas/webhooks/1` → `registration "1"`; `/apispaces/1/webhooks` → `API Space "1"` */
function thingOf(path: string): string {
  const [, kind = "", id = ""] = /\/(webhooks|messages|profiles)\/(?!available)([^/]+)/.exec(path) ?? [];
  const thing = things[kind];
  if (thing !== undefined) return `${thing} "${decodeURIComponent(id)}"`;
  const [, space] = /\/apispaces\/([^/]+)/.exec(path) ?? [];
  return space === undefined ? "such page" : `API Space "${decodeURIComponent(space)}"`;
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return undefined;
  }
}
