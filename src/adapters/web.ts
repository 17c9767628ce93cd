import { types } from "node:util";
import { signatureHeader } from "../event/signature.ts";
import type { Receive } from "../receive/receive.ts";
import { refused, type RefusedReplyKind, type Reply } from "../receive/reply.ts";
import { BodyBudget, budgetFor, type BodyShare } from "./body-budget.ts";
import { BodyPieces } from "./body-pieces.ts";

export interface WebReceiverOptions {
  /** Largest body, in bytes. */
  readonly bodyLimit: number;
  /** Told of each answer. */
  readonly onReply?: (reply: Reply) => void;
}

/** Lets a web-standard request be received: for Hono, Next.js and any other `Request → Response`. */
export function webReceiver(
  receive: Receive,
  { bodyLimit, onReply }: WebReceiverOptions,
): (request: Request) => Promise<Response> {
  const budget = new BodyBudget(budgetFor(bodyLimit));
  return async (request) => {
    const share = budget.open();
    try {
      const reply = await replyTo(receive, request, bodyLimit, share);
      onReply?.(reply);
      return toResponse(reply);
    } finally {
      share.release();
    }
  };
}

async function replyTo(
  receive: Receive,
  request: Request,
  bodyLimit: number,
  share: BodyShare,
): Promise<Reply> {
  if (request.method !== "POST") return refused("methodNotAllowed");
  const body = await readBody(request, bodyLimit, share);
  if (typeof body === "string") return refused(body);
  const reply = await receive({
    body,
    signature: request.headers.get(signatureHeader) ?? undefined,
    headers: () => Object.fromEntries(request.headers),
  });
  const looksForged = reply.kind === "mismatch" || reply.kind === "empty";
  return looksForged && isCut(request.headers, body.length) ? refused("readBefore") : reply;
}

function toResponse({ status, headers, body }: Reply): Response {
  return new Response(body, { status, headers });
}

async function readBody(
  request: Request,
  limit: number,
  share: BodyShare,
): Promise<Uint8Array | RefusedReplyKind> {
  if (request.bodyUsed) return "readBefore";
  if (Number(request.headers.get("content-length") ?? 0) > limit) return "tooLarge";
  const pieces = new BodyPieces();
  for await (const chunk of request.body ?? []) {
    // Whatever its type says, a stream gives what somebody has put into it. `instanceof` would not do: the bytes may be
    // of another realm.
    if (!types.isUint8Array(chunk)) return "readBefore";
    const length = pieces.length + chunk.length;
    // Leaving the loop cancels the stream, so the rest is never read.
    if (length > limit) return "tooLarge";
    if (!share.grow(length)) return "unavailable";
    pieces.add(chunk);
  }
  return pieces.whole();
}

/**
 * True if bytes are missing: with a proxy.ts, Next.js hands on only the first 10 MB of a body. Says nothing about a
 * body that is genuine: whoever unpacked it may have left the length of what came.
 */
const isCut = (headers: Headers, length: number): boolean =>
  length < Number(headers.get("content-length") ?? 0);
