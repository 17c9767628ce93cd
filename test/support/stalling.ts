import type { PlayClock } from "../../src/testing/play.ts";
import type { QueuePlayHarness } from "../../src/testing/queue-driver/random-play.ts";
import { below, oneIn, seededRandom } from "../../src/testing/random.ts";

/** An engine on a machine that stands still now and then, before it hears of a call or before its answer is heard. */
export function stalling(harness: QueuePlayHarness, clock: PlayClock, mostMs: number): QueuePlayHarness {
  const random = seededRandom(5);
  const stall = async (): Promise<void> => {
    if (oneIn(random, 6)) await clock.pass(below(random, mostMs));
  };
  const late =
    <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      await stall();
      const answer = await call(...args);
      await stall();
      return answer;
    };
  return {
    ...harness,
    open: async (options) => {
      const driver = await harness.open(options);
      return {
        shards: driver.shards,
        send: late((messages) => driver.send(messages)),
        own: late((shards) => driver.own(shards)),
        reserve: late((history, isShared) => driver.reserve(history, isShared)),
        receive: late((max, signal) => driver.receive(max, signal)),
        ack: late((deliveries) => driver.ack(deliveries)),
        retry: late((delivery, how) => driver.retry(delivery, how)),
        extend: late((deliveries) => driver.extend(deliveries)),
        depth: late(() => driver.depth()),
        report: late(() => driver.report()),
        close: late(() => driver.close()),
      };
    },
  };
}
