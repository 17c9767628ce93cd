import { ConfigError } from "../errors.ts";
import { sleep } from "../lib/sleep.ts";
import type { Share } from "../ledger/driver.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { reservedBeginMs } from "../queue/driver.ts";
import type { Queue } from "../queue/queue.ts";

interface Engines {
  readonly queue: Queue;
  readonly ledger: Ledger;
}

/** What another worker needs to be gone for good, such as one that has just been stopped, and the queue to be sure; in ms. */
const patienceMs = 3_000 + reservedBeginMs;
const againMs = 200;

/**
 * What is ours now, as the ledger says. A history that is in no place that others share knows nothing of what they
 * handle, so its worker must have the queue to itself.
 *
 * @throws {ConfigError} if another has it
 */
export async function shareOf({ queue, ledger }: Engines): Promise<Share> {
  const share = await ledger.share(queue.shards);
  if (!mustBeAlone({ queue, ledger })) return share;
  const forMs = await queue.reserve(ledger.history ?? "");
  if (forMs === 0) throw notAlone();
  return { ...share, forMs, beginForMs: Math.min(forMs, reservedBeginMs) };
}

/**
 * Before a worker starts. Engines that are away now are no reason not to: it handles nothing until they have said that
 * it is alone.
 *
 * @throws {ConfigError} if it is not
 */
export async function assertAlone(engines: Engines): Promise<void> {
  if (!mustBeAlone(engines)) return;
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
        // Whoever was refused once waits for a better answer, and not for none.
        else if (answer.refusal === undefined) return;
      }
      await sleep(againMs, late.signal);
    }
  };
  await Promise.race([ask(), sleep(patienceMs, late.signal)]);
  late.abort();
  if (answer.refusal !== undefined) throw answer.refusal;
}

const mustBeAlone = ({ queue, ledger }: Engines): boolean => queue.shards > 1 && ledger.history !== undefined;

const notAlone = (): ConfigError =>
  new ConfigError([
    "HOOKWELL_LEDGER (--ledger) names a history of this process alone, but another worker handles the events of this " +
      "queue: set HOOKWELL_LEDGER=postgres://… for both, so that they share one history, or stop the other.",
  ]);
