import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { seedsOf, withSeed } from "../../../test/support/seeds.ts";
import { aWorld, away, none, takesNothing } from "../../../test/support/drivers/spill-world.ts";
import { aMessage } from "../../testing/builders.ts";
import { bytesOf } from "../../testing/bytes.ts";
import { eventually } from "../../testing/eventually.ts";
import { collect, textsOf } from "../../testing/queue-driver/harness.ts";
import { seededRandom } from "../../lib/random.ts";
import type { QueueInlet } from "../driver.ts";

const lanes = ["a", "b", "c", "d", "e", "f"];

/** Sends the messages of one lane, each when the one before is confirmed, until it is told to end; how many. */
async function sendInTurn(queue: QueueInlet, lane: string, over: AbortSignal): Promise<number> {
  let count = 0;
  for (; !over.aborted; count += 1) {
    await queue.send([aMessage({ entity: `message:${lane}`, body: bytesOf(`${lane} ${count}`) })]);
    await sleep(count % 7);
  }
  return count;
}

async function playSeed(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const { open, engine, trouble, slow, log } = await aWorld();
  const queue = await open();
  const over = new AbortController();
  const sending = Promise.all(lanes.map((lane) => sendInTurn(queue, lane, over.signal)));

  for (let turn = 0; turn < 25; turn += 1) {
    slow(random() < 0.5 ? 0 : Math.floor(random() * 80));
    trouble([none, none, away, takesNothing][Math.floor(random() * 4)] ?? none);
    await sleep(random() * 300);
  }
  slow(5);
  trouble(none);
  await eventually(() => expect(log.facts().at(-1)).toBe("queue.spill_forwarded"));
  over.abort();

  const counts = await sending;
  const texts = textsOf(
    await collect(
      engine,
      counts.reduce((sum, count) => sum + count, 0),
    ),
  );
  const ofLane = (lane: string): readonly string[] => texts.filter((text) => text.startsWith(lane));
  const sent = (lane: string, at: number): readonly string[] =>
    Array.from({ length: counts[at] ?? 0 }, (_, index) => `${lane} ${index}`);
  expect(lanes.map(ofLane)).toEqual(lanes.map(sent));
}

test.each(seedsOf([1, 2, 3]))(
  "each lane keeps its order through all troubles of the engine, and loses nothing, seed %i",
  (seed) => withSeed(seed, playSeed),
);
