import { asBuffer } from "../lib/as-buffer.ts";
import type { ErrorResponse } from "./contract.ts";

/** What the API serves, without a socket. `request.signal` tells that the client left. */
export interface Api {
  fetch(request: Request): Promise<Response>;
}

// Answers carry personal data and change with every event, so nobody in between may keep them.
const always = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** An answer in JSON. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return bytes(Buffer.from(JSON.stringify(body)), { "content-type": "application/json", ...headers }, status);
}

/** An answer of exactly these bytes. */
export function bytes(body: Uint8Array, headers: Readonly<Record<string, string>>, status = 200): Response {
  return new Response(asBuffer(body) as Uint8Array<ArrayBuffer>, {
    status,
    headers: { ...always, "content-length": String(body.byteLength), ...headers },
  });
}

/** An answer without a body. */
export function empty(): Response {
  return new Response(null, { status: 204, headers: always });
}

/** Server-Sent Events, which arrive piece by piece. */
export function streamed(body: ReadableStream<Uint8Array>): Response {
  // Some proxies collect an answer before they pass it on, unless told not to.
  const headers = { ...always, "content-type": "text/event-stream", "x-accel-buffering": "no" };
  return new Response(body, { headers });
}

/** A refusal: the code is for programs and never changes, the message says what to do. */
export function failure(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body: ErrorResponse = { error: { code, message } };
  return json(body, status, headers);
}
