import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { signatureHeader } from "../../event/signature.ts";
import { pinnedTls } from "../own-certificate.ts";
import type { SendRequest } from "./requests.ts";

/** After this many ms without an answer an attempt counts as failed; the sender's own limit. */
const patienceMs = 10_000;

export type Answer =
  | { readonly kind: "status"; readonly status: number; readonly text: string }
  | { readonly kind: "error"; readonly error: Error };

/** Posts over connections that stay open. */
export interface Poster {
  post(request: SendRequest, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

export interface PosterOptions {
  readonly url: URL;
  readonly userAgent: string;
  /** Most connections. */
  readonly connections: number;
  /** PEM certificate of this one server, whatever name it is made out to. */
  readonly pinned: string | undefined;
}

export function createPoster({ url, userAgent, connections, pinned }: PosterOptions): Poster {
  const pool = { keepAlive: true, maxSockets: connections, noDelay: true };
  const secure = url.protocol === "https:";
  const agent = secure ? new HttpsAgent({ ...pool, ...pinnedTls(pinned) }) : new HttpAgent(pool);
  const send = secure ? httpsRequest : httpRequest;

  function post(request: SendRequest, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve) => {
      const outgoing = send(url, {
        agent,
        method: "POST",
        signal,
        timeout: patienceMs,
        headers: {
          "content-type": "application/json",
          "content-length": request.body.byteLength,
          "user-agent": userAgent,
          [signatureHeader]: request.signature,
        },
      });
      const failed = (error: Error): void => resolve({ kind: "error", error });
      outgoing.once("timeout", () =>
        outgoing.destroy(Object.assign(new Error("no answer within 10 s"), { code: "ETIMEDOUT" })),
      );
      outgoing.once("error", failed);
      outgoing.once("response", (incoming) => {
        let text = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (piece: string) => (text.length < 1_000 ? (text += piece) : undefined));
        incoming.once("error", failed);
        incoming.once("end", () => resolve({ kind: "status", status: incoming.statusCode ?? 0, text }));
      });
      outgoing.end(request.body);
    });
  }

  return { post, close: () => agent.destroy() };
}
