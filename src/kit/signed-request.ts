import { sign, signatureHeader } from "../event/signature.ts";
import type { SampleEvent } from "../sandbox/samples.ts";

/**
 * What the sender can post: one event; several, as one delivery; or a body of your own, as text or bytes, which is
 * posted exactly as it is.
 */
export type Postable = SampleEvent | Iterable<SampleEvent> | string | Uint8Array;

/** A POST with the sender's headers, signed over its body. */
export function signedRequest(what: Postable, secret: string, url: string): Request {
  const body = bodyOf(what);
  const headers = { "content-type": "application/json", [signatureHeader]: sign(body, secret) };
  return new Request(url, { method: "POST", headers, body });
}

function bodyOf(what: Postable): string | Uint8Array<ArrayBuffer> {
  if (typeof what === "string") return what;
  if (ArrayBuffer.isView(what)) return new Uint8Array(what);
  return JSON.stringify(Symbol.iterator in what ? [...what] : what);
}
