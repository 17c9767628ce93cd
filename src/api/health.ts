import type { Ledger } from "../ledger/ledger.ts";
import { shared } from "../lib/async/shared.ts";
import { within } from "../lib/async/within.ts";
import type { QueueDepth } from "../queue/driver.ts";
import type { Queue } from "../queue/queue.ts";
import { failure, json, type Api } from "./answer.ts";

/** The parts that must answer before this process is ready. */
export interface HealthParts {
  readonly queue: Pick<Queue, "depth">;
  /** Left out where only requests are received. */
  readonly ledger?: Pick<Ledger, "latestChange">;
}

/**
 * How a part is. `spilling`: events wait on this machine's disk until the server of the queue takes them. `away`: none
 * waits yet, but that server does not answer, or does not tell all that it has.
 */
type PartState = "ok" | "spilling" | "away" | "failed" | "late";

/** A process whose parts are all in these states may get requests. */
export const readyStates: readonly PartState[] = ["ok", "spilling", "away"];

/** `GET /readyz`. Says no more than this, for it needs no token. */
export interface ReadyResponse {
  readonly status: "ok" | "unavailable";
  readonly parts: Readonly<Record<string, PartState>>;
}

/** How long a part may take, in ms; so that the answer comes within 2 s. */
const patienceMs = 1_500;

/**
 * `GET /healthz`: the process lives. `GET /readyz`: queue and ledger answer; 503 if one does not. A queue
 * that can keep events on this machine's disk answers while its server is away.
 *
 * @example
 * ```ts
 * const health = createHealth({ queue, ledger });
 * const response = await health.fetch(new Request("http://local/readyz"));
 * ```
 */
export function createHealth({ queue, ledger }: HealthParts): Api {
  // Anyone may ask, as often as they like; a part that hangs gets no second question.
  const questions: [part: string, ask: () => Promise<PartState>][] = [
    ["queue", shared(async () => stateOf(await queue.depth()))],
  ];
  if (ledger !== undefined) questions.push(["ledger", shared(() => ledger.latestChange().then(() => "ok"))]);

  async function ready(): Promise<Response> {
    const parts = Object.fromEntries(
      await Promise.all(questions.map(async ([part, ask]) => [part, await inTime(ask())] as const)),
    );
    const isReady = Object.values(parts).every((state) => readyStates.includes(state));
    const body: ReadyResponse = { status: isReady ? "ok" : "unavailable", parts };
    return json(body, isReady ? 200 : 503);
  }

  return {
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname !== "/healthz" && pathname !== "/readyz")
        return failure(404, "NOT_FOUND", "No such page.");
      if (request.method !== "GET" && request.method !== "HEAD") {
        return failure(405, "METHOD_NOT_ALLOWED", "This page takes GET, HEAD.", { allow: "GET, HEAD" });
      }
      const response = pathname === "/healthz" ? json({ status: "ok" }) : await ready();
      return request.method === "HEAD" ? new Response(null, response) : response;
    },
  };
}

function stateOf({ spilled = 0, isAway = false }: QueueDepth): PartState {
  if (spilled > 0) return "spilling";
  return isAway ? "away" : "ok";
}

async function inTime(state: Promise<PartState>): Promise<PartState> {
  try {
    return (await within(patienceMs, state)) ?? "late";
  } catch {
    return "failed";
  }
}
