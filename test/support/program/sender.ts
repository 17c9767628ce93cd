import { isError } from "../../../src/lib/is-error.ts";
import type { SenderFetch } from "../../../src/client/index.ts";

/** Credentials that a fake sender takes. */
export const senderEnv = {
  HOOKWELL_API: "http://sender.test",
  HOOKWELL_API_USER: "api",
  HOOKWELL_API_PASSWORD: "api",
};

export interface FakeSender {
  readonly fetch: SenderFetch;
  /** What was asked, such as `GET /cpaas/messages/m1`. */
  readonly asked: readonly string[];
}

/** Answers each call of the sender's API from a table by method and path; a number is a status, an error no answer. */
export function fakeSender(answers: Readonly<Record<string, unknown>>): FakeSender {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (request) => {
      const call = `${request.method} ${new URL(request.url).pathname}`;
      asked.push(call);
      const answer = answers[call] ?? 404;
      if (isError(answer)) throw answer;
      return typeof answer === "number" ? new Response(null, { status: answer }) : Response.json(answer);
    },
  };
}
