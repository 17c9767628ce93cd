import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { signatureHeader } from "../event/signature.ts";
import type { Receive } from "../receive/receive.ts";
import { refused, type Reply } from "../receive/reply.ts";

export interface NodeReceiverOptions {
  /** Largest body, in bytes. */
  readonly bodyLimit: number;
  /** Told of each answer and of how long it took, for metrics. */
  readonly onReply?: (kind: Reply["kind"], seconds: number) => void;
}

/** A function for `http.createServer`: reads the body as bytes, lets it be received, writes the answer. */
export function nodeReceiver(
  receive: Receive,
  { bodyLimit, onReply }: NodeReceiverOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const startedAt = performance.now();
    const reply = await replyTo(receive, request, bodyLimit);
    if (reply === "gone") return;
    writeReply(response, reply);
    onReply?.(reply.kind, (performance.now() - startedAt) / 1_000);
  };
}

async function replyTo(
  receive: Receive,
  request: IncomingMessage,
  bodyLimit: number,
): Promise<Reply | "gone"> {
  if (request.method !== "POST") return refused("methodNotAllowed");
  const body = await readBody(request, bodyLimit);
  if (body === "tooLarge") return refused("tooLarge");
  if (body === "gone") return "gone";
  const signature = request.headers[signatureHeader];
  return receive({
    body,
    signature: typeof signature === "string" ? signature : undefined,
    headers: () => plain(request.headers),
  });
}

/** Writes an answer. One to a body that was not read to its end also ends the connection. */
export function writeReply(response: ServerResponse, { kind, status, headers, body }: Reply): void {
  if (response.destroyed) return;
  const close = kind === "tooLarge" ? { connection: "close" } : {};
  response.writeHead(status, { ...headers, ...close, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/**
 * The body's bytes; `tooLarge` as soon as that is known, after which the rest is thrown away as it comes; `gone` if the
 * client left before its end.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | "tooLarge" | "gone"> {
  return new Promise((resolve) => {
    let chunks: Buffer[] | undefined = [];
    let length = 0;
    const refuse = (): void => {
      chunks = undefined;
      resolve("tooLarge");
    };
    if (Number(request.headers["content-length"] ?? 0) > limit) refuse();
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) refuse();
      else chunks?.push(chunk);
    });
    request.on("end", () => {
      if (chunks !== undefined) resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    // A client that leaves ends with one of these; after the end of the body they mean nothing any more.
    request.on("error", () => resolve("gone"));
    request.on("close", () => resolve("gone"));
  });
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}
