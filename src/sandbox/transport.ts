import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { codeOf } from "../lib/error-code.ts";

/** A request as it goes to a receiver. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body in pieces; after each but the last comes a pause. */
  readonly pieces: readonly Buffer[];
  readonly pause: () => Promise<void>;
  /** The connection is cut after the first piece. */
  readonly cut: boolean;
  /** The sender hangs up. */
  readonly signal: AbortSignal;
}

/** Posts and gives the status of the answer; the answer's body is ignored. Rejects if there is none. */
export interface Transport {
  post(post: Post): Promise<number>;
  close(): void;
}

/** Over the network. Connections are kept; redirects are answers like any other (the vendor says nothing of them). */
export function networkTransport(): Transport {
  const agents = {
    "http:": new HttpAgent({ keepAlive: true }),
    "https:": new HttpsAgent({ keepAlive: true }),
  };
  return {
    post: ({ url, headers, body, pieces, pause, cut, signal }) =>
      new Promise((resolve, reject) => {
        const secure = url.startsWith("https:");
        const agent = secure ? agents["https:"] : agents["http:"];
        const options: RequestOptions = { method: "POST", agent, headers, signal };
        const request = (secure ? httpsRequest : httpRequest)(url, options, (response) => {
          // The receiver may end the connection in the middle of its answer, which is nobody's concern.
          response.on("error", () => undefined).resume();
          resolve(response.statusCode ?? 0);
        });
        request.on("error", reject);
        if (pieces.length === 1) {
          request.end(body);
          return;
        }
        void (async () => {
          for (const [index, piece] of pieces.entries()) {
            if (index > 0) await pause();
            if (index > 0 && cut) return request.destroy(new CutError());
            // Only a piece that is on its way can be followed by a pause or a cut.
            await new Promise((written) => request.write(piece, written));
          }
          return request.end();
        })();
      }),
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** Into a function such as a receiver's own `fetch`: no port, no socket. */
export function memoryTransport(fetch: (request: Request) => Promise<Response>): Transport {
  return {
    post: async ({ url, headers, body, pieces, pause, cut, signal }) => {
      const content = pieces.length === 1 ? body : streamed(pieces, pause, cut);
      const init = { method: "POST", headers, body: content, signal, duplex: "half" } as RequestInit;
      const hangUp = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("The sender hung up.")), { once: true });
      });
      const answer = Promise.race([fetch(new Request(url, init)), hangUp]);
      if (!cut) return (await answer).status;
      // Whatever the receiver says, the sender has gone.
      await answer.catch(() => undefined);
      throw new CutError();
    },
    close: () => undefined,
  };
}

function streamed(pieces: readonly Buffer[], pause: Post["pause"], cut: boolean): ReadableStream {
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      if (next > 0) await pause();
      if (next > 0 && cut) return controller.error(new CutError());
      controller.enqueue(new Uint8Array(pieces[next] ?? Buffer.alloc(0)));
      next += 1;
      if (next === pieces.length) controller.close();
    },
  });
}

class CutError extends Error {
  readonly code = "ECUT";

  constructor() {
    super("The connection was cut in the middle of the body.");
  }
}

const words: Readonly<Record<string, string>> = {
  ECUT: "cut",
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ENOTFOUND: "unknown host",
};

/** Why there was no answer, in a word. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? codeOf((error as { readonly cause?: unknown } | undefined)?.cause);
  return code === undefined ? "failed" : (words[code] ?? code);
}
