import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Answers as a web-standard function does. */
export interface Pages {
  fetch(request: Request): Promise<Response>;
}

/** Hands a request to a web-standard page and writes what it answers; for everything but the hot path. */
export async function servePage(
  pages: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = `http://localhost${request.url ?? "/"}`;
  if (!URL.canParse(url)) return writeText(response, 400, "This address cannot be read.\n");
  // A web-standard `Request` refuses this method; the others that it refuses never reach a handler in Node.
  if (request.method === "TRACE") return writeText(response, 501, "This method is not supported.\n");
  const left = new AbortController();
  response.on("close", () => left.abort());
  const answer = await pages.fetch(toRequest(url, request, left.signal));
  // What the page has not read is thrown away, or the next request on this connection would wait for ever.
  request.resume();
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  if (answer.body === null) return void response.end();
  // A client that leaves in the middle of a stream is no error; a stream that breaks has ended the connection.
  await pipeline(Readable.fromWeb(answer.body), response).catch(() => undefined);
}

function toRequest(url: string, request: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  }
  const method = request.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD";
  if (!hasBody) return new Request(url, { method, headers, signal });
  // Nothing is read before the page asks for it, and a page that stops reading can still answer.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  const body = ReadableStream.from(chunks);
  return new Request(url, { method, headers, signal, body, duplex: "half" });
}

function writeText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
