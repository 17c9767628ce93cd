import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { signatureHeader } from "../../event/signature.ts";
import { pinnedTls } from "../client/own-certificate.ts";
import type { SendRequest } from "./requests.ts";

/** An attempt whose answer is not complete after this many ms counts as failed; the sender's own limit. */
const patienceMs = 10_000;

export type Answer =
  | { readonly kind: "status"; readonly status: number; readonly text: string }
  | { readonly kind: "error"; readonly error: Error };

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

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
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const outgoing = send(url, {
      agent,
      method: "POST",
      signal,
      headers: {
        "content-type": "application/json",
        "content-length": request.body.byteLength,
        "user-agent": userAgent,
        [signatureHeader]: request.signature,
      },
    });
    const failed = (error: Error): void => resolve({ kind: "error", error });
    // What an end before that of the answer means, which depends on how the answer began.
    let cut = failed;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      outgoing.destroy(coded("ETIMEDOUT"));
    }, patienceMs);
    // Also when the connection is reset in the middle of the answer.
    outgoing.once("error", (error) => cut(error));
    outgoing.once("response", (incoming) => {
      const status = incoming.statusCode ?? 0;
      let text = "";
      const answered = (): void => resolve({ kind: "status", status, text });
      // A refusal is one without its end, too; a success is not.
      const brokenOff = (): Error => coded(isLate ? "ETIMEDOUT" : "BROKEN_OFF");
      cut = () => (isSuccess(status) ? failed(brokenOff()) : answered());
      incoming.setEncoding("utf8");
      incoming.on("data", (piece: string) => (text.length < 1_000 ? (text += piece) : undefined));
      incoming.once("error", (error) => cut(error));
      incoming.once("end", answered);
    });
    outgoing.end(request.body);
    return promise.finally(() => clearTimeout(timer));
  }

  return { post, close: () => agent.destroy() };
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });
