import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pinnedTls } from "./own-certificate.ts";

/**
 * Sends a request and gives the answer. The signal comes beside it: a request's own signal only follows the one that it
 * was made with, holds it weakly, and may lose it.
 */
export type Fetch = (request: Request, signal?: AbortSignal) => Promise<Response>;

/**
 * Like the global `fetch`, which cannot be told which certificate to trust. Rejects with Node's own error, which has
 * a `code`, if there is no answer.
 *
 * @param pinned certificates of the one server that is meant, PEM
 */
export function httpFetch(pinned?: string): Fetch {
  const tls = pinnedTls(pinned);
  return async (request, signal) => {
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const send = request.url.startsWith("https:") ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const outgoing = send(request.url, {
        ...tls,
        method: request.method,
        headers: Object.fromEntries(request.headers),
        ...(signal === undefined ? {} : { signal }),
        agent: false,
      });
      outgoing.once("response", (incoming) => resolve(toResponse(incoming)));
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  };
}

function toResponse(incoming: IncomingMessage): Response {
  const status = incoming.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const empty = [101, 204, 205, 304].includes(status);
  if (empty) incoming.resume();
  // A reader that stops early cancels the stream, which destroys the message and closes its connection.
  const body = empty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>>);
  return new Response(body, { status, headers });
}
