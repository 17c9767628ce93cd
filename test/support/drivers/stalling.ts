import { type Around, aroundQueue } from "../../../src/testing/around-queue.ts";
import type { PlayClock } from "../../../src/testing/play.ts";
import type { QueuePlayHarness } from "../../../src/testing/queue-driver/random-play.ts";
import { below, oneIn, seededRandom } from "../../../src/lib/random.ts";

/** An engine on a machine that stands still now and then, before it hears of a call or before its answer is heard. */
export function stalling(harness: QueuePlayHarness, clock: PlayClock, mostMs: number): QueuePlayHarness {
  const random = seededRandom(5);
  const stall = async (): Promise<void> => {
    if (oneIn(random, 6)) await clock.pass(below(random, mostMs));
  };
  const late: Around =
    (call) =>
    async (...args) => {
      await stall();
      const answer = await call(...args);
      await stall();
      return answer;
    };
  return { ...harness, open: async (options) => aroundQueue(await harness.open(options), late) };
}
