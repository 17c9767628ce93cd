import { Agent, request } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { sign } from "../../src/event/signature.ts";
import { testSecret } from "../../test/support/program/client.ts";

/** `cut`: hangs up in the middle of the body. `deaf`: hangs up after it, without hearing the answer. */
export type Manner = "whole" | "cut" | "deaf";

/** The outcome of one attempt to deliver. */
export type Answer =
  | { readonly kind: "answer"; readonly status: number; readonly accepted: number | undefined }
  | { readonly kind: "late" }
  /** Nobody there, or somebody hung up. */
  | { readonly kind: "none" };

/** After how many ms the sender hangs up. */
export const patienceMs = 10_000;

const none: Answer = { kind: "none" };

/** The connections of one sender; kept alive, as a sender's are. */
export const connections = (most: number): Agent => new Agent({ keepAlive: true, maxSockets: most });

/** One attempt to deliver a body. Never rejects. */
export function attempt(url: string, agent: Agent, body: string, manner: Manner): Promise<Answer> {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body);
    const headers = {
      "content-type": "application/json",
      "content-length": bytes.length,
      "x-comapi-signature": sign(bytes, testSecret),
    };
    const call = request(url, { method: "POST", agent, headers }, (response) => {
      textOf(response).then(
        (text) => end({ kind: "answer", status: response.statusCode ?? 0, accepted: acceptedOf(text) }),
        () => end(none),
      );
    });
    const timer = setTimeout(() => end({ kind: "late" }), patienceMs);
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      resolve(answer);
      if (answer.kind !== "answer") call.destroy();
    };
    call.on("error", () => end(none));
    if (manner === "whole") call.end(bytes);
    else if (manner === "deaf") call.end(bytes, () => end(none));
    else call.write(bytes.subarray(0, bytes.length / 2), () => end(none));
  });
}

function acceptedOf(text: string): number | undefined {
  try {
    const { accepted } = JSON.parse(text) as { readonly accepted?: unknown };
    return typeof accepted === "number" ? accepted : undefined;
  } catch {
    return undefined; // An answer that says nothing of the kind.
  }
}
