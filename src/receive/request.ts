import { signatureHeader } from "../event/signature.ts";

/** A delivery as every server can give it: the bytes that came, and its headers. */
export interface ReceiveRequest {
  /** The body, untouched. */
  readonly body: Uint8Array;
  /** Value of `x-comapi-signature`. */
  readonly signature: string | undefined;
  /** All headers; asked for only when the request is refused. */
  headers(): Readonly<Record<string, string>>;
}

/** Headers that may carry credentials of somebody between the sender and us; they are not kept. */
const confidential = new Set(["authorization", "proxy-authorization", "cookie", "x-api-key"]);
/** Of more, which no sender sends, only the signature is kept, without which a request could never be accepted. */
const mostHeaders = 100;
/** Longer values are cut, so that a refused request stays small. */
const longestValue = 1_000;

/** The headers that are kept with a refused request: names in lower case, no credentials. */
export function keptHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !confidential.has(name))
    .filter(([name], index) => index < mostHeaders || name === signatureHeader)
    .map(([name, value]) => [name, value.slice(0, longestValue)] as const);
  return Object.fromEntries(kept);
}
