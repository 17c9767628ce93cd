import { type ReadyResponse, readyStates } from "../../api/health.ts";
import type { Fetch } from "../client/http-fetch.ts";
import { type Check, fail, failed, ok, warn } from "./check.ts";

/** Do queue and ledger of a running server answer? Asks `/readyz`, which needs no token. */
export async function checkReady(url: string, fetch: Fetch): Promise<Check> {
  try {
    const response = await fetch(new Request(`${url}/readyz`), AbortSignal.timeout(5_000));
    const answer = (await response.json().catch(() => null)) as Partial<ReadyResponse> | null;
    return checkParts(url, answer?.parts ?? {});
  } catch (error) {
    return failed("Engines", error);
  }
}

function checkParts(url: string, parts: ReadyResponse["parts"]): Check {
  const { queue } = parts;
  if (queue === undefined)
    return fail("Engines", `${url} does not answer as Hookwell does.`, "Is the URL right?");
  const bad = Object.entries(parts).filter(([, state]) => !readyStates.includes(state));
  if (bad.length > 0) {
    const says = bad.map(([part, state]) => `${part}: ${state === "late" ? "no answer in time" : "failed"}`);
    return fail(
      "Engines",
      `${says.join(", ")}, at ${url}`,
      "Its log says why: is the server of that engine up, or is a disk full, or a folder not writable?",
    );
  }
  if (queue === "spilling") {
    return warn(
      "Engines",
      `${url} keeps events on its disk, since the queue server does not accept them.`,
      "They are forwarded as soon as it does; the log of Hookwell there says what the queue server answers.",
    );
  }
  if (queue === "away") {
    return warn(
      "Engines",
      `The queue server of ${url} does not answer, or does not report all that it holds.`,
      "What doctor says of the queue, or the log of Hookwell there, tells why. Meanwhile a receiver keeps new events on its disk.",
    );
  }
  const names = Object.keys(parts);
  return ok("Engines", `${names.join(" and ")} of ${url} ${names.length === 1 ? "answers" : "answer"}`);
}
