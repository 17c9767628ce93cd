import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { attemptsOf, collect, messages, ownAll, owned, type QueueCase, takeTwo, textsOf } from "./harness.ts";

/** In which order a process is handed what others had before it. */
export const takingOverCases: readonly QueueCase[] = [
  {
    name: "hands out at once, in order, what another was handed of a shard that changes hands, and counts it",
    run: async ({ open }) => {
      const [hung, next] = [await owned(open()), await open()];
      await hung.send(messages("message", 4));
      await collect(hung, 3);

      await ownAll(next);

      const deliveries = await collect(next, 4, { withinMs: 3_000 });
      assert.deepEqual(textsOf(deliveries), ["message 0", "message 1", "message 2", "message 3"]);
      const attempts = attemptsOf(deliveries);
      assert.ok(
        attempts.slice(0, 3).every((attempt) => attempt > 1),
        `attempts ${attempts.join(", ")}`,
      );
    },
  },
  {
    // A newer event may have been handled before its worker died, and an older one that failed must not begin before
    // it.
    name: "hands out what was under way before what waits for its retry, when a shard changes hands",
    run: async ({ open }) => {
      const [hung, next] = [await owned(open()), await open()];
      await hung.send(messages("message", 2));
      const [older] = await takeTwo(hung);
      await hung.retry(older, { delayMs: 100, attempt: 2 });
      await sleep(300);

      await ownAll(next);

      const deliveries = await collect(next, 2, { withinMs: 8_000 });
      assert.deepEqual(textsOf(deliveries), ["message 1", "message 0"]);
      assert.deepEqual(attemptsOf(deliveries), [2, 2]);
    },
  },
  {
    name: "hands out a retry that was under way before one that still waits, when a shard changes hands",
    run: async ({ open }) => {
      const [hung, next] = [await owned(open()), await open()];
      await hung.send(messages("message", 2));
      const [older, newer] = await takeTwo(hung);
      await hung.retry(newer, { delayMs: 50, attempt: 2 });
      await hung.retry(older, { delayMs: 500, attempt: 2 });
      await collect(hung, 1);

      await sleep(600);
      await ownAll(next);

      const deliveries = await collect(next, 2, { max: 1, withinMs: 8_000 });
      assert.deepEqual(textsOf(deliveries), ["message 1", "message 0"]);
      assert.deepEqual(attemptsOf(deliveries), [3, 2]);
    },
  },
  {
    name: "hands out in the order of the last hand-outs what was under way, when shards change hands once and twice",
    run: async ({ open }) => {
      const [hung, next, last] = [await owned(open()), await open(), await open()];
      await hung.send(messages("message", 3));
      const [older, newer] = await collect(hung, 3);
      assert.ok(older !== undefined && newer !== undefined);
      for (const failed of [newer, older]) {
        await hung.retry(failed, { delayMs: 20, attempt: 2 });
        await collect(hung, 1);
      }
      await hung.send(messages("later", 1));
      await collect(hung, 1);

      await ownAll(next);
      await ownAll(last);

      const deliveries = await collect(last, 4, { max: 1, withinMs: 8_000 });
      assert.deepEqual(textsOf(deliveries), ["message 2", "message 1", "message 0", "later 0"]);
    },
  },
  {
    name: "hands out at once, to a consumer that has its shards back, what another was handed meanwhile",
    run: async ({ open }) => {
      const [first, meanwhile] = [await owned(open()), await open()];
      await first.own([]);
      await first.send(messages("message", 2));
      await ownAll(meanwhile);
      await collect(meanwhile, 2);

      await ownAll(first);

      assert.deepEqual(textsOf(await collect(first, 2, { withinMs: 3_000 })), ["message 0", "message 1"]);
    },
  },
  {
    name: "keeps the order of what was under way when the next owner loses the shards before it was handed all of it",
    run: async ({ open }) => {
      const [hung, next, last] = [await owned(open()), await open(), await open()];
      await hung.send(messages("message", 4));
      await collect(hung, 4);
      await ownAll(next);
      await collect(next, 2, { max: 1 });

      await ownAll(last);

      const deliveries = await collect(last, 4, { max: 1, withinMs: 8_000 });
      assert.deepEqual(textsOf(deliveries), ["message 0", "message 1", "message 2", "message 3"]);
    },
  },
  ...(["closes", "gives up its shards"] as const).flatMap((firstEnd) =>
    (["closes", "gives up its shards"] as const).map((nextEnd): QueueCase => ({
      name: `keeps the order when an owner ${firstEnd}, and the next one ${nextEnd} before it was handed all of it`,
      run: async ({ open }) => {
        const [first, next, last] = [await owned(open()), await open(), await open()];
        await first.send(messages("message", 4));
        await collect(first, 4);
        await (firstEnd === "closes" ? first.close() : first.own([]));
        await ownAll(next);
        await collect(next, 2, { max: 1 });
        await (nextEnd === "closes" ? next.close() : next.own([]));
        await last.send(messages("later", 1));

        await ownAll(last);

        const again = await collect(last, 5, { max: 1, withinMs: 8_000 });
        assert.deepEqual(textsOf(again), ["message 0", "message 1", "message 2", "message 3", "later 0"]);
      },
    })),
  ),
  ...(["goes on", "closes"] as const).map((end): QueueCase => ({
    name: `keeps the order when an owner sends back as too early some of what another had before it, and ${end}`,
    run: async ({ open }) => {
      const [first, next, last] = [await owned(open()), await open(), await open()];
      await first.send(messages("message", 4));
      await collect(first, 4);
      await first.close();
      await ownAll(next);
      const early = await collect(next, 2, { max: 1 });
      for (const one of early) await next.retry(one, { delayMs: 0, attempt: one.attempt });
      await last.send(messages("later", 1));

      if (end === "closes") {
        await next.close();
        await ownAll(last);
      }

      const again = await collect(end === "closes" ? last : next, 5, { max: 1, withinMs: 8_000 });
      assert.deepEqual(textsOf(again), ["message 0", "message 1", "message 2", "message 3", "later 0"]);
    },
  })),
  {
    // As a worker does at a clean stop if it has begun none of them.
    name: "keeps the order of many that were given back before their owner closed",
    run: async ({ open }) => {
      const [first, next] = [await owned(open()), await open()];
      const all = messages("message", 300);
      await first.send(all);
      const deliveries = await collect(first, 250, { max: 250, withinMs: 8_000 });
      await Promise.all(deliveries.map((one) => first.retry(one, { delayMs: 0, attempt: one.attempt })));
      await first.close();

      await ownAll(next);

      const again = await collect(next, 250, { max: 250, withinMs: 8_000 });
      await next.ack(again);
      const rest = await collect(next, 50, { withinMs: 8_000 });
      assert.deepEqual(
        textsOf([...again, ...rest]),
        all.map(({ body }) => new TextDecoder().decode(body)),
      );
    },
  },
  {
    name: "keeps the order of what two owners were handed and sent back as too early, for later",
    run: async ({ open }) => {
      const [hung, next, last] = [await owned(open()), await open(), await open()];
      await hung.send(messages("message", 4));
      const [, ...early] = await collect(hung, 4);
      // As a worker does if its lane is full; it may be killed meanwhile, or stop.
      for (const one of early) await hung.retry(one, { delayMs: 1_500, attempt: one.attempt });
      await ownAll(next);
      const [, ...again] = await collect(next, 4, { max: 1 });
      for (const one of again.toReversed()) await next.retry(one, { delayMs: 1_500, attempt: one.attempt });
      await last.send(messages("later", 1));

      await ownAll(last);

      const deliveries = await collect(last, 5, { max: 1, withinMs: 8_000 });
      assert.deepEqual(textsOf(deliveries), ["message 0", "message 1", "message 2", "message 3", "later 0"]);
    },
  },
];
