import { type ReadyResponse, readyStates } from "../../api/health.ts";
import type { EnginesResponse, StatsResponse } from "../../api/contract.ts";
import { sqliteReport } from "../../lib/sqlite.ts";
import type { ApiClient } from "../api-client.ts";
import type { Fetch } from "../http-fetch.ts";
import { count, counted, span } from "../../lib/times.ts";
import { type Check, fail, failed, ok, warn } from "./check.ts";
import { reportChecks } from "./report-checks.ts";

/** Events that wait longer than this are worth a word, in ms. */
const longWaitMs = 5 * 60_000;

/** Do queue and ledger of a running server answer? Asks `/readyz`, which needs no token. */
export async function checkReady(url: string, fetch: Fetch): Promise<Check> {
  try {
    const response = await fetch(new Request(`${url}/readyz`), AbortSignal.timeout(5_000));
    const answer = (await response.json().catch(() => null)) as Partial<ReadyResponse> | null;
    const parts = answer?.parts;
    if (parts?.["queue"] === undefined)
      return fail("Engines", `${url} does not answer as Hookwell does.`, "Is the URL right?");
    const bad = Object.entries(parts).filter(([, word]) => !readyStates.includes(word));
    if (bad.length === 0 && parts["queue"] === "spilling") {
      return warn(
        "Engines",
        `${url} keeps events on its disk, since the server of the queue does not take them.`,
        "They are forwarded when it does; its log says what it answers.",
      );
    }
    if (bad.length === 0 && parts["queue"] === "away") {
      return warn(
        "Engines",
        `The server of the queue of ${url} does not answer.`,
        "What comes is kept on the disk there, and forwarded when it does; its log says why.",
      );
    }
    const names = Object.keys(parts);
    if (bad.length === 0)
      return ok("Engines", `${names.join(" and ")} of ${url} ${names.length === 1 ? "answers" : "answer"}`);
    const says = bad
      .map(([part, word]) => `${part}: ${word === "late" ? "no answer in time" : "failed"}`)
      .join(", ");
    return fail(
      "Engines",
      `${says}, at ${url}`,
      "Its log says why: is the server of that engine up, or is a disk full, or a folder not to be written?",
    );
  } catch (error) {
    return failed("Engines", error);
  }
}

/** An engine of which there is nothing yet to look at. */
export function checkUnmade(topic: string): Check {
  const { engine, durability } = sqliteReport;
  return ok(topic, `${engine}, made on the first start: ${durability}`);
}

/** The last start on the data folder had another queue: this is not the one of the server, or it is about to change. */
export function checkOtherQueue(
  data: string,
  { noted, named }: { readonly noted: string; readonly named: string },
): Check {
  return warn(
    "Queue",
    `These settings name the queue ${named}, but the last start on ${data} had ${noted} as its queue.`,
    "Set HOOKWELL_QUEUE, or --queue, as it is set there. If you change it on purpose, what still waits in the queue before needs a `hookwell process` that has it, and no worker of another queue on its ledger meanwhile.",
  );
}

/**
 * Queue, ledger and quarantine as the API sees them, and what waits in them.
 *
 * @param said topics of engines of which all is said
 * @param where the stores are, for people
 */
export async function checkStores(
  client: ApiClient,
  said: readonly string[],
  where: string = client.where,
): Promise<readonly Check[]> {
  const stats = await client.get<StatsResponse>("/api/v1/stats");
  const engines = await client.get<EnginesResponse>("/api/v1/engines");
  const stores = storesCheck(where, stats, client.missing);
  const reports = [...reportChecks("Queue", engines.queue), ...reportChecks("Ledger", engines.ledger)];
  return [...reports.filter(({ topic }) => !said.includes(topic)), stores, ...backlog(stats)];
}

function storesCheck(where: string, stats: StatsResponse, missing: readonly string[]): Check {
  const says = `${where}: ${eventsText(stats, missing)}`;
  if (stats.events !== null && stats.queue !== null) return ok("Stores", says);
  return fail("Stores", says, "The log there says why.");
}

function eventsText({ events, queue }: StatsResponse, missing: readonly string[]): string {
  const kept = Object.values(events ?? {}).reduce((sum, number) => sum + number, 0);
  const ledgerText =
    events === null ? "the ledger does not tell what is kept" : `${counted(kept, "event")} kept`;
  const queueText = queue === null ? "the queue does not tell what waits" : `${count(queue.depth)} waiting`;
  return [
    missing.includes("ledger") ? "no ledger yet" : ledgerText,
    missing.includes("queue") ? "no queue yet" : queueText,
  ].join(", ");
}

function* backlog({ events, queue, quarantine }: StatsResponse): Iterable<Check> {
  if (queue !== null && queue.spilled > 0) {
    yield warn(
      "Queue",
      `${counted(queue.spilled, "event")} on this machine, waiting for the server of the queue.`,
      "Is the server of HOOKWELL_QUEUE up? They are forwarded when it is.",
    );
  }
  if (queue !== null && queue.oldestAgeMs > longWaitMs) {
    const says = `The oldest event has waited for ${span(queue.oldestAgeMs)}.`;
    yield warn(
      "Queue",
      says,
      "Is a `hookwell serve` or `hookwell process` running, and do its handlers end?",
    );
  }
  if (events !== null && events.dead > 0) {
    yield warn(
      "Dead letters",
      `${counted(events.dead, "event")} failed for good.`,
      "`hookwell dead-letters list` shows why; `hookwell dead-letters replay --all` tries again.",
    );
  }
  if (quarantine === null) {
    yield fail("Quarantine", "It cannot be read by the Hookwell that was asked.", "The log there says why.");
  } else if (quarantine > 0) {
    yield warn(
      "Quarantine",
      counted(quarantine, "refused request"),
      "`hookwell quarantine list` shows why; `hookwell doctor signature --quarantine ID` explains one.",
    );
  }
}
