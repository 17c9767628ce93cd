import type { Bytes } from "../event/message.ts";
import { sign, signatureHeader } from "../event/signature.ts";
import type { SampleEvent } from "../sandbox/samples.ts";

/** What can be posted: one event; several, or a whole life, as one delivery; or a body of your own, as text or bytes. */
export type Postable = SampleEvent | Iterable<SampleEvent> | string | Uint8Array;

/** What the sender posts. */
export interface Signed {
  /** The exact bytes that are signed. */
  readonly body: Bytes;
  /** Content type and signature. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The same as a web-standard request; each call gives a new one.
   *
   * @param url where it goes. Default: an address that nobody has, for handlers that do not look at it
   */
  readonly request: (url?: string) => Request;
}

/**
 * Events as the sender posts them: one as an object, several as an array, signed over the bytes.
 *
 * @param what one event; several, or a whole life, as one delivery; or a body of your own, as text or bytes
 * @param secret the secret that the receiver expects
 * @example
 * ```ts
 * const response = await app.request(signed(anEvent("message.sent"), secret).request("http://localhost/hooks"));
 * const { body, headers } = signed(aMessage().sent().delivered(), secret);
 * ```
 */
export function signed(what: Postable, secret: string): Signed {
  const body = bytesOf(what);
  const headers = { "content-type": "application/json", [signatureHeader]: sign(body, secret) };
  return {
    body,
    headers,
    request: (url = "http://localhost/") => new Request(url, { method: "POST", headers, body }),
  };
}

function bytesOf(what: Postable): Bytes {
  if (ArrayBuffer.isView(what)) return new Uint8Array(what);
  if (typeof what === "string") return new TextEncoder().encode(what);
  return new TextEncoder().encode(JSON.stringify(Symbol.iterator in what ? [...what] : what));
}
