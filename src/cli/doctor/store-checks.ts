import type { EnginesResponse, StatsResponse } from "../../api/contract.ts";
import { count, counted } from "../../lib/amounts.ts";
import { span } from "../../lib/times.ts";
import type { ApiClient } from "../client/api-client.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import { reportChecks } from "./report-checks.ts";

/** Events that wait longer than this are worth a word, in ms. */
const longWaitMs = 5 * 60_000;

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
  const stores = storesCheck(where, stats, client);
  const ofLedger = client.inUse === undefined ? reportChecks("Ledger", engines.ledger) : [];
  const reports = [...reportChecks("Queue", engines.queue), ...ofLedger];
  return [...reports.filter(({ topic }) => !said.includes(topic)), stores, ...backlog(stats)];
}

function storesCheck(where: string, stats: StatsResponse, client: ApiClient): Check {
  const says = `${where}: ${eventsText(stats, client)}`;
  if (client.inUse !== undefined) return warn("Stores", says, whoHasIt);
  if (stats.events !== null && stats.queue !== null) return ok("Stores", says);
  return fail("Stores", says, "The log there says why.");
}

const whoHasIt =
  "A server of your own with createReceiver holds it for as long as it runs. If you have none, find the process that has the file open: until it has ended, no `hookwell serve` can start here.";

function eventsText({ events, queue }: StatsResponse, { missing, inUse }: ApiClient): string {
  const kept = Object.values(events ?? {}).reduce((sum, number) => sum + number, 0);
  const keptText =
    events === null ? "the ledger does not report what it keeps" : `${counted(kept, "event")} kept`;
  const ledgerText = missing.includes("ledger") ? "no ledger yet" : keptText;
  return [
    inUse === undefined ? ledgerText : "another process has the ledger open",
    missing.includes("queue") ? "no queue yet" : waitingText(queue),
  ].join(", ");
}

function waitingText(queue: StatsResponse["queue"]): string {
  if (queue === null) return "the queue does not report what waits";
  const waiting = `${count(queue.depth)} waiting`;
  return queue.isAway ? `at least ${waiting}, since its server does not report all` : waiting;
}

/** Events that are tried again later are in the queue meanwhile, and may make up all of its age. */
function retriedText(retrying: number): string {
  if (retrying === 0) return "";
  const have = retrying === 1 ? "has failed and is" : "have failed and are";
  return ` ${counted(retrying, "event")} ${have} tried again later: \`hookwell events --status retrying\` shows why.`;
}

function* backlog({ events, queue, quarantine }: StatsResponse): Iterable<Check> {
  if (queue !== null && queue.spilled > 0) {
    yield warn(
      "Queue",
      `${counted(queue.spilled, "event")} on this machine, waiting for the queue server.`,
      "Is the server of HOOKWELL_QUEUE up? They are forwarded as soon as it is.",
    );
  }
  if (queue !== null && queue.oldestAgeMs > longWaitMs) {
    const says = `The oldest event has waited for ${span(queue.oldestAgeMs)}.`;
    const question = "Is a `hookwell serve` or `hookwell process` running, and do its handlers end?";
    yield warn("Queue", says, `${question}${retriedText(events?.retrying ?? 0)}`);
  }
  if (events !== null && events.dead > 0) {
    yield warn(
      "Dead letters",
      `${counted(events.dead, "event")} failed for good.`,
      "`hookwell dead-letters list` shows why; `hookwell dead-letters replay --all` tries again.",
    );
  }
  if (quarantine === null) {
    yield fail("Quarantine", "The Hookwell that doctor asked cannot read it.", "The log there says why.");
  } else if (quarantine > 0) {
    yield warn(
      "Quarantine",
      counted(quarantine, "refused request"),
      "`hookwell quarantine list` shows why; `hookwell doctor signature --quarantine ID` explains one.",
    );
  }
}
