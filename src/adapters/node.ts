import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { signatureHeader } from "../event/signature.ts";
import type { Receive } from "../receive/receive.ts";
import { refused, type RefusedReplyKind, type Reply } from "../receive/reply.ts";
import type { ReceiveRequest } from "../receive/request.ts";
import { BodyBudget, budgetFor, type BodyShare } from "./body-budget.ts";
import { BodyPieces } from "./body-pieces.ts";

export interface NodeReceiverOptions {
  /** Largest body, in bytes. */
  readonly bodyLimit: number;
  /**
   * The methods that the path takes, as the header `Allow` lists them. Default: POST, the only one that is taken here.
   */
  readonly allow?: string;
  /** Told of each answer and of how long it took from the whole body on, for metrics. */
  readonly onReply?: (reply: Reply, seconds: number) => void;
}

/** A function for `http.createServer`: reads the body as bytes, lets it be received, writes the answer. */
export function nodeReceiver(
  receive: Receive,
  { bodyLimit, allow, onReply }: NodeReceiverOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const budget = new BodyBudget(budgetFor(bodyLimit));
  return async (request, response) => {
    const share = budget.open();
    try {
      const body = request.method === "POST" ? await readBody(request, bodyLimit, share) : "methodNotAllowed";
      if (body === "gone") return;
      // Not earlier: how long a client takes for its body says nothing about us.
      const startedAt = performance.now();
      const reply =
        typeof body === "string" ? refusedOn(allow, body) : await receive(deliveryOf(request, body));
      writeReply(response, reply);
      onReply?.(reply, (performance.now() - startedAt) / 1_000);
    } finally {
      share.release();
    }
  };
}

function refusedOn(allow: string | undefined, kind: RefusedReplyKind): Reply {
  const reply = refused(kind);
  const ownAllow = kind === "methodNotAllowed" && allow !== undefined;
  return ownAllow ? { ...reply, headers: { ...reply.headers, allow } } : reply;
}

function deliveryOf(request: IncomingMessage, body: Uint8Array): ReceiveRequest {
  const signature = request.headers[signatureHeader];
  return {
    body,
    signature: typeof signature === "string" ? signature : undefined,
    headers: () => plain(request.headers),
  };
}

/** For how long the unwanted rest of a body is read and thrown away, in ms. */
const lingerMs = 1_000;

/** Writes an answer. If the body was not read to its end, it also ends the connection, a little later. */
function writeReply(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed || response.headersSent) return;
  const { req } = response;
  const close = req.complete ? {} : { connection: "close" };
  response.writeHead(status, { ...headers, ...close, "content-length": Buffer.byteLength(body) });
  if (req.complete) return void response.end(body);
  // A connection that is closed over unread bytes is reset, and the answer may be lost with it.
  response.write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  req.on("end", end).on("close", end).resume();
}

/**
 * The body's bytes; `readBefore` if somebody else has had some of them, or lets them come as text; `tooLarge` or
 * `unavailable` as soon as that is known, after which the rest is thrown away as it comes; `gone` if the client left
 * before its end.
 */
function readBody(
  request: IncomingMessage,
  limit: number,
  share: BodyShare,
): Promise<Uint8Array | RefusedReplyKind | "gone"> {
  // Its events have come already, and would be waited for in vain.
  if (request.destroyed && !request.readableEnded) return Promise.resolve("gone");
  if (request.readableDidRead || request.readableEnded) return Promise.resolve("readBefore");
  return new Promise((resolve) => {
    let pieces: BodyPieces | undefined = new BodyPieces();
    const end = (as: Uint8Array | RefusedReplyKind | "gone"): void => {
      // Every request closes in the end, and to settle a promise once more is a detour through Node.
      if (pieces === undefined) return;
      pieces = undefined;
      resolve(as);
    };
    if (Number(request.headers["content-length"] ?? 0) > limit) end("tooLarge");
    request.on("data", (chunk: Buffer | string) => {
      if (pieces === undefined) return;
      if (typeof chunk === "string") return end("readBefore");
      const length = pieces.length + chunk.length;
      if (length > limit) end("tooLarge");
      else if (share.grow(length)) pieces.add(chunk);
      else end("unavailable");
    });
    request.on("end", () => {
      if (pieces !== undefined) end(pieces.whole());
    });
    // A client that leaves ends with one of these.
    request.on("error", () => end("gone"));
    request.on("close", () => end("gone"));
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
