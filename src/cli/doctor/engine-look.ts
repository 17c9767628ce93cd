import type { Config } from "../../config/load-config.ts";
import { queueOf } from "../../config/folder/queue-name.ts";
import { hasStarted } from "../../config/folder/queue-note.ts";
import { ConfigError, DataVersionError } from "../../errors.ts";
import { parseEngineUrl } from "../../lib/engines/engine-url.ts";
import type { EngineReport } from "../../lib/engines/engine-report.ts";
import { type NotMade, NotMadeError } from "../../lib/engines/not-made.ts";
import { type Part, settingOf } from "../../lib/engines/part.ts";
import { causesOf } from "../../lib/is-error.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import { openQueue } from "../../queue/open-queue.ts";
import type { Queue } from "../../queue/queue.ts";
import { leaseMs } from "../../stores.ts";
import { type Check, fail, failed, warn } from "./check.ts";
import { hostChecks } from "./host-checks.ts";
import { reportChecks } from "./report-checks.ts";
import { whyAway } from "./why-away.ts";
import { whyLocked } from "./why-locked.ts";

/** The queue of a worker, to be looked at. Its lease is that of workers, since an engine may compare. */
export const openQueueToLook = ({ queue, data, queueMax }: Config): Promise<Queue> =>
  openQueue(queue, data, { leaseMs, highWater: queueMax, isLook: true });

/**
 * Opens the engine of a part that is a server, from this machine and as a worker would, but makes nothing; and says what
 * it is.
 */
export async function lookAtEngine(part: Part, config: Config): Promise<readonly Check[]> {
  const topic = topicOf(part);
  try {
    return [
      ...reportChecks(topic, await reportOf(part, config)),
      ...(await hostChecks(topic, part, config[part])),
    ];
  } catch (error) {
    if (error instanceof NotMadeError)
      return [
        ...unmadeChecks(error.found, await hasStarted(config)),
        ...(await hostChecks(topic, part, config[part])),
      ];
    // Of several hosts, one may refuse us while others are away.
    const refusal = causesOf(error).find((each) => each instanceof ConfigError);
    if (refusal !== undefined) return refusal.problems.map((says) => fail(topic, says));
    if (error instanceof DataVersionError) return [failed(topic, error)];
    const { shown } = parseEngineUrl(config[part]);
    const { reason, cure, isSilent } = whyAway(error, config[part]);
    const lock = isSilent === true ? await whyLocked(part, config[part]) : undefined;
    const says = `${shown} (HOOKWELL_${part.toUpperCase()}) cannot be used now: ${reason}.`;
    return [fail(topic, says, lock ?? cure)];
  }
}

export const topicOf = (part: Part): string => (part === "queue" ? "Queue" : "Ledger");

async function reportOf(part: Part, config: Config): Promise<EngineReport> {
  const engine =
    part === "queue"
      ? await openQueueToLook(config)
      : await openLedger(config.ledger, config.data, { ...queueOf(config), isLook: true });
  try {
    // Some engines tell what they are before they have checked who asks.
    await ("depth" in engine ? engine.depth() : engine.latestChange());
    return await engine.report();
  } finally {
    await engine.close();
  }
}

/** Nothing was made yet. That is a mistake only if there was a start on this folder. */
function unmadeChecks(
  { part, place, check, report, obstacle }: NotMade,
  isStarted: boolean,
): readonly Check[] {
  const topic = topicOf(part);
  if (obstacle !== undefined) return [failed(topic, obstacle)];
  const engine = `${report.engine}, no ${part} ${place} yet; the first start creates it`;
  const checks = reportChecks(topic, { ...report, engine });
  if (!isStarted) return checks;
  const cure = `If it should be there, check ${check} in ${settingOf(part)}.`;
  return checks.map((each) => (each.level === "ok" ? warn(topic, each.says, cure) : each));
}
