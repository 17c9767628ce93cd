import { signatureHeader } from "../event/signature.ts";
import type { Receive } from "../receive/receive.ts";
import { refused, type Reply } from "../receive/reply.ts";

/** Lets a web-standard request be received: for Hono, Next.js, Deno-style handlers and any other `Request → Response`. */
export function webReceiver(
  receive: Receive,
  { bodyLimit }: { readonly bodyLimit: number },
): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "POST") return toResponse(refused("methodNotAllowed"));
    const body = await readBody(request, bodyLimit);
    if (body === "tooLarge") return toResponse(refused("tooLarge"));
    const reply = await receive({
      body,
      signature: request.headers.get(signatureHeader) ?? undefined,
      headers: () => Object.fromEntries(request.headers),
    });
    return toResponse(reply);
  };
}

function toResponse({ status, headers, body }: Reply): Response {
  return new Response(body, { status, headers });
}

async function readBody(request: Request, limit: number): Promise<Uint8Array | "tooLarge"> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return "tooLarge";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    // Leaving the loop cancels the stream, so the rest is never read.
    if (length > limit) return "tooLarge";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
