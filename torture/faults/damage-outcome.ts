import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Delivery, planDeliveries } from "../../test/support/events/deliveries.ts";
import { clientOf } from "../../test/support/program/client.ts";
import { attempt, connections } from "../client/attempt.ts";
import { handedViolations } from "../oracle/endings.ts";
import type { Violation } from "../oracle/facts.ts";
import type { Ended, Stage } from "../stage.ts";

/** How long it may take until a program meets the damage, in ms. */
const patienceMs = 15_000;
/** How many looks in a row must see the same, so that nothing is on its way. */
const stillReads = 20;

/** How the damage of a file was found out, if it was, and what was wrong with that. */
export interface Outcome {
  readonly what: string;
  readonly violations: readonly Violation[];
}

/**
 * Watches a program whose file is damaged, until it ends, or says so, or all is settled.
 *
 * @param path of the file
 */
export async function outcomeOf(stage: Stage, path: string): Promise<Outcome> {
  const known = stage.exits.length;
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const exit = stage.exits[known];
    if (exit !== undefined) return outcome(stage, "said so and ended", wrongWith(exit, path));
    if (saysSo(stage, path)) return told(stage, path);
    if (await isSettled(stage)) return settledOutcome(stage, path);
    await sleep(50);
  }
  const said = stage.hookwell.worker.child?.lines.slice(-3).join("\n") ?? "nothing";
  return outcome(stage, "went on", [{ rule: "damage", text: `It neither works nor says why not: ${said}` }]);
}

async function settledOutcome(stage: Stage, path: string): Promise<Outcome> {
  const { violations } = await stage.judge(() => true);
  // What cannot be read is refused, and the log says why; that is as it should be.
  if (saysSo(stage, path)) {
    return {
      what: "said so when it was read",
      violations: violations.filter(({ rule }) => rule !== "settles" && rule !== "read"),
    };
  }
  return { what: violations.length === 0 ? "nothing needed it" : "nothing was said", violations };
}

/** Whatever else happens: what reaches a handler is what was sent. */
async function outcome({ records }: Stage, what: string, violations: readonly Violation[]): Promise<Outcome> {
  return { what, violations: [...violations, ...handedViolations(await records.facts())] };
}

function wrongWith({ code, said }: Ended, path: string): readonly Violation[] {
  const violation = (text: string): Violation => ({ rule: "damage", text: `${text}: ${said.slice(-800)}` });
  return [
    ...(code === 1 ? [] : [violation(`It ended with exit code ${String(code)}, not 1`)]),
    ...(said.includes(path) ? [] : [violation("It does not name the file")]),
    ...(namesCure(said) ? [] : [violation("It does not say what to do")]),
  ];
}

const saysSo = ({ hookwell }: Stage, path: string): boolean =>
  hookwell.worker.child?.lines.some(
    (line) =>
      (line.includes(path) || line.includes(`The ${basename(path, ".db")}'s file: `)) && namesCure(line),
  ) ?? false;

const namesCure = (text: string): boolean =>
  /restore (it|the file) from a backup|move the file away/.test(text);

/**
 * Once the damage is told, nothing more is acknowledged into a file that cannot be relied on; or just the events that
 * cannot be read stay where they are.
 */
async function told(stage: Stage, path: string): Promise<Outcome> {
  if (!path.endsWith("queue.db")) return outcome(stage, "said so and keeps it closed", []);
  const [later] = planDeliveries({ messages: 0, others: 1, repeatOneIn: 1e9, mostInArray: 1 }, () => 0.5);
  if (later === undefined) throw new Error("Nothing was planned.");
  stage.records.send(later);
  const agent = connections(1);
  const answer = await attempt(stage.hookwell.endpoints[0] ?? "", agent, later.body, "whole");
  agent.destroy();
  if (answer.kind !== "answer" || answer.status === 503)
    return outcome(stage, "said so and keeps it closed", []);
  if (answer.status === 200) return outcome(stage, "said so and goes on", await leftBehind(stage, later));
  const text = `It is damaged, and a delivery was answered with ${answer.status}.`;
  return outcome(stage, "said so", [{ rule: "damage", text }]);
}

/** What it goes on without must still be in the queue, and nothing else may stand still. */
async function leftBehind({ hookwell, records }: Stage, later: Delivery): Promise<readonly Violation[]> {
  const client = clientOf(hookwell.api);
  const acknowledged = records.acknowledgedCount + later.events.length;
  const end = performance.now() + patienceMs;
  let [before, still] = ["", 0];
  for (;;) {
    const { queue, events } = await client.stats();
    const statuses = await Promise.all(later.events.map(({ eventId }) => client.event(eventId)));
    const isHandled = statuses.every((event) => event?.status === "handled");
    // What is settled and not acknowledged yet is in both for a moment, so it counts once nothing changes any more.
    const settled = events.handled + events.obsolete + events.dead;
    const now = `${settled} events are settled and ${queue.depth} in the queue`;
    still = now === before ? still + 1 : 0;
    before = now;
    if (isHandled && still >= stillReads && settled + queue.depth >= acknowledged) return [];
    if (performance.now() > end) {
      const text = `Of ${acknowledged} that were acknowledged ${now}; what came after the damage is ${isHandled ? "" : "not "}handled.`;
      return [{ rule: "damage", text }];
    }
    await sleep(50);
  }
}

/** False while nobody answers. */
async function isSettled({ hookwell }: Stage): Promise<boolean> {
  try {
    const { queue, events } = await clientOf(hookwell.api).stats();
    return queue.depth + events.pending + events.retrying === 0;
  } catch {
    return false;
  }
}
