import { expect, onTestFinished, test } from "vitest";
import { apart, aWorld, away, none, textOfMessage } from "../../../test/support/drivers/spill-world.ts";
import { ClosedError } from "../../errors.ts";
import type { Message } from "../../event/message.ts";
import { eventually, timed } from "../../testing/eventually.ts";
import { collect, messages, textsOf } from "../../testing/queue-driver/harness.ts";
import type { QueueInlet } from "../driver.ts";

/** Sends a message of one state every 5 ms until it is ended; their texts. */
function sendConstantly(queue: QueueInlet): { readonly end: () => Promise<readonly string[]> } {
  const sent: string[] = [];
  const underWay: Promise<void>[] = [];
  const timer = setInterval(() => {
    const one = messages(`message ${sent.length}`, 1);
    sent.push(...one.map(textOfMessage));
    underWay.push(queue.send(one));
  }, 5);
  onTestFinished(() => clearInterval(timer));
  const end = async (): Promise<readonly string[]> => {
    clearInterval(timer);
    await Promise.all(underWay);
    return sent;
  };
  return { end };
}

test("nothing is kept any more soon after a slow engine is back, however much comes, and all is in order", async () => {
  const { open, engine, trouble, slow, log } = await aWorld();
  const queue = await open();
  trouble(away);
  const sending = sendConstantly(queue);
  await eventually(() => expect(log.facts()).toEqual(["queue.spilling"]));
  slow(200);

  trouble(none);

  await eventually(() => expect(log.facts()).toEqual(["queue.spilling", "queue.spill_forwarded"]));
  expect(await queue.depth()).toMatchObject({ spilled: 0 });
  const sent = await sending.end();
  expect(textsOf(await collect(engine, sent.length))).toEqual(sent);
});

interface Rest {
  /** How long the engine needs for each list after the first, in ms. */
  readonly restMs: number;
  readonly rest?: readonly Message[];
}

/** Some are kept: the engine has taken one of them, and is about to take the next. */
async function almostOver({ restMs, rest = messages("second", 1) }: Rest) {
  const world = await aWorld();
  const queue = await world.open();
  world.trouble(away);
  await queue.send(messages("first", 1));
  world.slow(100);
  world.trouble(none);
  world.sends.length = 0;
  await eventually(() => expect(world.sends).toEqual([["first 0"]]));
  world.slow(restMs);
  await queue.send(rest);
  await eventually(() => expect(world.sends).toHaveLength(2));
  return { ...world, queue };
}

test("what comes before the rest is taken is not kept, but goes behind it", async () => {
  const { queue, engine } = await almostOver({ restMs: 300 });

  const third = await timed(() => queue.send(messages("third", 1)));
  const fourth = await timed(() => queue.send(messages("fourth", 1)));

  expect(Math.max(third.ms, fourth.ms)).toBeLessThan(1_500);
  expect(await queue.depth()).toMatchObject({ messages: 4, spilled: 0 });
  expect(textsOf(await collect(engine, 4))).toEqual(["first 0", "second 0", "third 0", "fourth 0"]);
});

test("what comes before the rest is taken is kept as soon as the engine is lost", async () => {
  const { queue, engine, trouble } = await almostOver({ restMs: 300 });
  const third = timed(() => queue.send(messages("third", 1)));
  trouble(away);

  expect((await third).ms).toBeLessThan(1_500);

  expect(await queue.depth()).toMatchObject({ spilled: 2 });
  trouble(none);
  expect(textsOf(await collect(engine, 3))).toEqual(["first 0", "second 0", "third 0"]);
});

test("what comes before the rest is taken is kept after 2 s, so that its sender hears of it in time", async () => {
  const { queue, engine, slow } = await almostOver({ restMs: 3_500 });
  slow(0);

  const { ms } = await timed(() => queue.send(messages("third", 1)));

  expect([ms > 1_900, ms < 3_000]).toEqual([true, true]);
  expect(await queue.depth()).toMatchObject({ spilled: 2 });
  expect(textsOf(await collect(engine, 3))).toEqual(["first 0", "second 0", "third 0"]);
});

test("what comes before the rest is taken hears soon of a disk that cannot be read", async () => {
  const { queue, disk } = await almostOver({ restMs: 300 });
  disk("damaged");

  const { ms } = await timed(() => expect(queue.send(messages("third", 1))).rejects.toThrow("damaged"));

  expect(ms).toBeLessThan(1_500);
});

test("while there is still much, what comes is kept at once", async () => {
  const { queue, slow, sends } = await almostOver({ restMs: 2_500, rest: apart("much", 600) });
  const whileMuch = await timed(() => queue.send(messages("third", 1)));
  await eventually(() => expect(sends.at(-1)).toHaveLength(101));
  const behind = await timed(() => queue.send(messages("fourth", 1)));

  expect(Math.max(whileMuch.ms, behind.ms)).toBeLessThan(1_500);
  slow(0);
});

test("while there is still much, what comes is kept at once, also if few large events fill a list", async () => {
  const body = new Uint8Array(1024 * 1024);
  const rest = apart("large", 40).map((message) => ({ ...message, body }));
  const { queue, slow, sends } = await almostOver({ restMs: 2_500, rest });

  const { ms } = await timed(() => queue.send(messages("third", 1)));

  expect(sends.at(-1)).toHaveLength(16);
  expect(ms).toBeLessThan(1_500);
  slow(0);
});

test("nobody waits for a queue that is closed", async () => {
  const { queue } = await almostOver({ restMs: 300 });
  const third = timed(() => expect(queue.send(messages("third", 1))).rejects.toThrow(ClosedError));

  await queue.close();

  expect((await third).ms).toBeLessThan(1_500);
});
