import { createHmac, timingSafeEqual } from "node:crypto";
import { HmacSha1 } from "./hmac.ts";

/** Name of the header with the signature, in lower case as Node.js and the web standard have header names. */
export const signatureHeader = "x-comapi-signature";

/** A secret of a webhook registration, and the name by which people know it. */
export interface Secret {
  /** Such as `default` or `2026-11`; shown in statistics. */
  readonly name: string;
  /** The secret itself; its UTF-8 bytes are the HMAC key. Never logged. */
  readonly value: string;
}

/**
 * Signs a body as the sender does: HMAC-SHA1 over the exact bytes, with the secret's UTF-8 bytes as the key, written as
 * 40 lower-case hex digits.
 *
 * Source: the vendor's quick starts and tutorials, which agree in algorithm, key and encoding.
 *
 * @param body the bytes that will be sent; text is taken as UTF-8
 * @param secret the secret of the webhook registration
 * @returns the value of the header `x-comapi-signature`
 * @throws {TypeError} if the body is neither bytes nor text, such as a parsed one
 * @example
 * ```ts
 * const body = '{"name":"message.sent"}';
 * sign(body, "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258"); // "68f05e15500c0a1d0a1f4103d1eefbc904284819"
 * ```
 */
export function sign(body: Uint8Array | string, secret: string): string {
  checkBody(body);
  return createHmac("sha1", secret).update(body).digest("hex");
}

/** Where body parsers type a body as `any`, the compiler does not tell that it is none. */
function checkBody(body: unknown): void {
  if (typeof body === "string" || ArrayBuffer.isView(body)) return;
  throw new TypeError(
    "A signature is over the exact bytes of the body, so give it as it came: as a Uint8Array or as text, " +
      "before anything such as express.json() parses it.",
  );
}

/**
 * Checks a signature against every active secret, in constant time for each.
 *
 * @param body the bytes as received, before any parsing; decoding and encoding them again may change them
 * @param signature value of `x-comapi-signature`, hex in either case; `undefined` or `null` is never valid
 * @param secrets one secret, several, or named ones; several are active at once during a rotation. An empty secret, as
 *   from an unset variable, never matches, since anyone could sign with it
 * @returns true if one of the secrets yields this signature
 * @throws {TypeError} if there is a signature to compare, but the body is neither bytes nor text, such as a parsed one
 * @example
 * ```ts
 * if (!verify(rawBody, request.headers["x-comapi-signature"], [oldSecret, newSecret])) {
 *   response.writeHead(401).end();
 * }
 * ```
 */
export function verify(
  body: Uint8Array | string,
  signature: string | readonly string[] | null | undefined,
  secrets: string | readonly (string | Secret)[],
): boolean {
  const list = typeof secrets === "object" ? secrets : [secrets];
  // Whoever names a variable that is not set says by a cast that it is.
  const named = list
    .map((secret) => (typeof secret === "object" ? secret : { name: "", value: secret }))
    .filter(({ value }) => Boolean(value));
  // Node gives a list where a header may come more than once; a signature comes once.
  const given = typeof signature === "object" ? undefined : signature;
  return matchingSecret(body, given, named) !== undefined;
}

/** The first secret that gives this signature, so that its use can be counted. */
export function matchingSecret(
  body: Uint8Array | string,
  signature: string | null | undefined,
  secrets: readonly Secret[],
): Secret | undefined {
  const given = digitsOf(signature);
  return given && secrets.find(({ value }) => areSame(sign(body, value), given));
}

/** As `matchingSecret`, for many requests: what is made from each secret is kept while the list stays the same. */
export class SignatureCheck {
  #secrets: readonly Secret[] = [];
  #keys: readonly HmacSha1[] = [];

  matchingSecret(
    body: Uint8Array,
    signature: string | undefined,
    secrets: readonly Secret[],
  ): Secret | undefined {
    if (secrets !== this.#secrets) {
      this.#secrets = secrets;
      this.#keys = secrets.map(({ value }) => new HmacSha1(value));
    }
    const given = digitsOf(signature);
    return given && secrets[this.#keys.findIndex((key) => areSame(key.hex(body), given))];
  }
}

/** The 40 hex digits in lower case; undefined for anything else, which cannot be a signature. */
function digitsOf(text: string | null | undefined): Buffer | undefined {
  return text && /^[0-9a-f]{40}$/i.test(text) ? Buffer.from(text.toLowerCase(), "latin1") : undefined;
}

const areSame = (digits: string, given: Buffer): boolean =>
  timingSafeEqual(Buffer.from(digits, "latin1"), given);
