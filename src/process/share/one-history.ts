import { ConfigError, QueueUnavailableError } from "../../errors.ts";
import { sleep } from "../../lib/async/sleep.ts";
import { within } from "../../lib/async/within.ts";
import type { Share } from "../../ledger/driver.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Queue } from "../../queue/queue.ts";
import { QueueReach } from "./queue-reach.ts";

interface Engines {
  readonly queue: Queue;
  readonly ledger: Ledger;
}

/** How long another worker, such as one that was just stopped, may need until it is gone for good, in ms. */
const patienceMs = 3_000;
const againMs = 200;
/** How long a worker whose ledger tells it of the others waits for the queue, in ms. */
const politeMs = 500;

/**
 * What is ours now, as the ledger says. All events of a queue must be handled with one history: a worker with another
 * history would know nothing of what was handled with this one.
 *
 * @param reach hears of each answer of the queue
 * @throws {ConfigError} if the queue is kept for another
 */
export async function shareOf(
  { queue, ledger }: Engines,
  reach: QueueReach = new QueueReach(),
): Promise<Share> {
  // The queue first, since the ledger is told whether it answers.
  const keeping = reach.heard(queue.reserve({ name: await ledger.history(), isShared: ledger.isShared }));
  const forMs = ledger.isShared ? await within(politeMs, unlessAway(keeping)) : await keeping;
  if (forMs === 0) throw otherHistory(ledger);
  const share = await ledger.share(queue.shards, { reachesQueue: reach.isReached });
  // The ledger divides the events among its workers, so a queue that is away takes none from them.
  if (ledger.isShared || forMs === undefined) return share;
  // The other half allows for a pause between this question and the first line of a handler.
  return { ...share, forMs, beginForMs: forMs / 2 };
}

/**
 * Asked before a worker starts. Engines that are away now do not keep it from starting: it handles nothing until they
 * have told it what is its own.
 *
 * @throws {ConfigError} if the queue is kept for another history
 */
export async function assertOneHistory(engines: Engines): Promise<void> {
  const late = new AbortController();
  const answer: { refusal: ConfigError | undefined } = { refusal: undefined };
  const ask = async (): Promise<void> => {
    while (!late.signal.aborted) {
      try {
        await shareOf(engines);
        answer.refusal = undefined;
        return;
      } catch (error) {
        if (error instanceof ConfigError) answer.refusal = error;
        // After a refusal, only a better answer ends the waiting, not a failure.
        else if (answer.refusal === undefined) return;
      }
      await sleep(againMs, late.signal);
    }
  };
  await within(patienceMs, ask());
  late.abort();
  if (answer.refusal !== undefined) throw answer.refusal;
}

async function unlessAway(keeping: Promise<number>): Promise<number | undefined> {
  try {
    return await keeping;
  } catch (error) {
    if (error instanceof QueueUnavailableError) return undefined;
    throw error;
  }
}

const otherHistory = ({ isShared }: Ledger): ConfigError => {
  const [isWrong, cure] = isShared
    ? [
        "names a different history from that of the worker that already handles the events of this queue",
        "set the same HOOKWELL_LEDGER for all workers",
      ]
    : [
        "names a history that only this process can use, but another worker handles the events of this queue",
        "set HOOKWELL_LEDGER=postgres://… for both, so that they share one history",
      ];
  const orElse = "or stop the others, which may still count for 30 seconds";
  return new ConfigError([`HOOKWELL_LEDGER (--ledger) ${isWrong}: ${cure}, ${orElse}.`]);
};
