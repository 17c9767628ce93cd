import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { type Delivery, receiptsOf } from "../../driver.ts";
import type { RedisClient } from "./connection/client.ts";
import { giveBackScript, takeOverScript } from "./scripts/handover-scripts.ts";
import { RedisShards } from "./shards.ts";
import { takeScript } from "./scripts/take.ts";

/** A server that hands out messages of these ids, and the receipts with which it is told what is not to be given back. */
function handingOut(...ids: readonly string[]) {
  const named: (readonly string[])[] = [];
  const sendCommand = async ([, sha, keys, ...rest]: readonly string[]): Promise<unknown> => {
    if (sha === takeScript.sha) return [0, -1, 0, ...ids.map((id) => [0, Buffer.from(id), 1, []])];
    if (sha === takeOverScript.sha) return [0, 1];
    // Behind the keys there are the channel and the consumer.
    if (sha === giveBackScript.sha) named.push(rest.slice(Number(keys) + 2));
    return 1;
  };
  return { client: { sendCommand } as unknown as RedisClient, named };
}

interface Ending {
  readonly how: string;
  readonly end: (shards: RedisShards, client: RedisClient, one: Delivery) => Promise<unknown>;
  /** What this worker has after that. */
  readonly left: readonly string[];
}

/** It may be handed out again in an answer that never comes, and would then wait for the end of its lease. */
test.for<Ending>([
  { how: "acknowledged", end: (shards, client, one) => shards.ack(client, [one]), left: ["3:2-0"] },
  {
    how: "sent back",
    end: (shards, client, one) => shards.retry(client, one, { delayMs: 0, attempt: 2 }),
    left: ["3:2-0"],
  },
  { how: "taken over with its shard", end: (shards, client) => shards.takeOver(client, 3), left: [] },
])("what was $how does not count as what this worker has", async ({ end, left }) => {
  const { client, named } = handingOut("1-0", "2-0");
  const shards = new RedisShards({ prefix: "{queue}", me: "one", leaseMs: 30_000 }, () => undefined);
  shards.own([3]);
  await shards.take(client, 10);
  const [first] = shards.kept(10);
  if (first !== undefined) await end(shards, client, first);

  await shards.open(client);

  expect(named).toEqual([left]);
});

/** It would be handed out again while the call is tried again. */
test("what could not be answered still counts as what this worker has", async () => {
  const { client, named } = handingOut("1-0", "2-0");
  const failing = { sendCommand: async () => Promise.reject(new Error("lost")) } as unknown as RedisClient;
  const shards = new RedisShards({ prefix: "{queue}", me: "one", leaseMs: 30_000 }, () => undefined);
  shards.own([3]);
  await shards.take(client, 10);
  const [first, second] = shards.kept(10);
  assert.ok(first !== undefined && second !== undefined);
  await expect(shards.ack(failing, [first])).rejects.toThrow("lost");
  await expect(shards.retry(failing, second, { delayMs: 0, attempt: 2 })).rejects.toThrow("lost");

  await shards.open(client);

  expect(named).toEqual([["3:1-0", "3:2-0"]]);
});

test("what is more than a call has room for is kept for the next ones, in order", async () => {
  const { client } = handingOut("1-0", "2-0", "3-0");
  const shards = new RedisShards({ prefix: "{queue}", me: "one", leaseMs: 30_000 }, () => undefined);
  shards.own([3]);
  await shards.take(client, 10);

  const calls = [1, 1, 10, 10].map((max) => receiptsOf(shards.kept(max)));

  expect(calls).toEqual([["3:1-0"], ["3:2-0"], ["3:3-0"], []]);
  expect(shards.keepsAny).toBe(false);
});

test("who is told that nothing falls due need not ask again by himself", async () => {
  const { client } = handingOut();
  const shards = new RedisShards({ prefix: "{queue}", me: "one", leaseMs: 30_000 }, () => undefined);
  shards.own([3]);

  expect(await shards.take(client, 10)).toBe(Infinity);
});

test("on a new connection, which may be to another server, the first question only tells the time again", async () => {
  const asked: boolean[] = [];
  const sendCommand = async (args: readonly string[]): Promise<unknown> => {
    const [time, latest] = [0, Number(args.at(-1))];
    if (args[1] === takeScript.sha) asked.push(time <= latest);
    return time > latest ? [time] : [time, -1, 0];
  };
  const client = { sendCommand } as unknown as RedisClient;
  const shards = new RedisShards({ prefix: "{queue}", me: "one", leaseMs: 30_000 }, () => undefined);
  shards.own([3]);
  for (let times = 0; times < 2; times += 1) await shards.take(client, 10);

  await shards.open(client);

  for (let times = 0; times < 2; times += 1) await shards.take(client, 10);
  expect(asked).toEqual([false, true, false, true]);
});

test("a shard is taken over once the server has answered, and has freed all of it", async () => {
  // It only tells the time, frees a part, and then the rest.
  const replies = [[5], [0, 0], [0, 1]];
  const client = { sendCommand: async () => replies.shift() } as unknown as RedisClient;
  const shards = new RedisShards({ prefix: "{queue}", me: "one", leaseMs: 30_000 }, () => undefined);

  const isAll = [];
  for (let times = 0; times < 3; times += 1) isAll.push(await shards.takeOver(client, 3));

  expect(isAll).toEqual([false, false, true]);
});
