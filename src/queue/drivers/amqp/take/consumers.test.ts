import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Channel } from "rabbitmq-client";
import { afterEach, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "../../../../errors.ts";
import { AmqpConsumers, type ReceiveLink } from "./consumers.ts";
import { AmqpNames } from "../topology/names.ts";
import { patienceMs } from "../patience.ts";
import { Prefetch } from "./prefetch.ts";
import type { Broken } from "../connection/session.ts";

const ignore = (): void => undefined;

afterEach(() => vi.useRealTimers());

/** A link to a server without a network: it says which queues are consumed. */
class FakeLink implements ReceiveLink {
  readonly consumed = new Map<Channel, string>();
  readonly counting: readonly Channel[] = [];
  readonly broken = (error: unknown): void => void this.errors.push(error);
  readonly errors: unknown[] = [];
  /** Which consumer the server cancels right behind its answer. */
  cancelled: string | undefined;
  /** When the server answers that it is consumed, by queue. */
  readonly answers = new Map<string, Promise<void>>();
  readonly #channels: { active: boolean }[] = [];
  /** Ends each channel, the way of the server. */
  readonly ends: Broken[] = [];
  isGone = false;
  readonly #opening: Promise<unknown>;

  constructor(opening: Promise<unknown>) {
    this.#opening = opening;
  }

  readonly open = async (ended: Broken): Promise<Channel> => {
    await this.#opening;
    if (this.isGone) throw new QueueUnavailableError("no connection");
    this.ends.push(ended);
    const basicConsume = async ({ queue }: { queue: string }): Promise<void> => {
      await this.answers.get(queue);
      if ([...this.consumed.values()].includes(queue))
        this.errors.push(new Error(`${queue} has two consumers`));
      if (queue === this.cancelled) ended(new Error("its consumer was cancelled"));
      else this.consumed.set(channel, queue);
    };
    const fake = { active: true, basicQos: async () => undefined, basicConsume };
    const channel = fake as unknown as Channel;
    this.#channels.push(fake);
    return channel;
  };

  /** As a session does with all that was built when something of it is broken. */
  lose(): void {
    for (const channel of this.#channels) channel.active = false;
  }

  readonly close = async (channel: Channel): Promise<void> => {
    await nextTurn();
    this.consumed.delete(channel);
  };
}

const none = (): ReceiveLink => {
  throw new QueueUnavailableError("its queues are still being declared");
};

test("what is given up while the consumers are begun anew is not consumed", async () => {
  const names = new AmqpNames("hookwell");
  const consumers = new AmqpConsumers(names, new Prefetch(250), ignore, ignore);
  const before = new FakeLink(Promise.resolve());
  await consumers.own(() => before, [1, 2]);
  const opening = Promise.withResolvers<void>();
  const link = new FakeLink(opening.promise);
  const begun = consumers.begin(link);
  // By now, both are being begun.
  await nextTurn();

  await assert.rejects(consumers.own(none, [1]));
  opening.resolve();
  await begun;

  expect([...link.consumed.values()]).toEqual([names.shard(1)]);
});

test("what could not be owned before there was a link is not consumed when there is one", async () => {
  const consumers = new AmqpConsumers(new AmqpNames("hookwell"), new Prefetch(250), ignore, ignore);
  await assert.rejects(consumers.own(none, [1]));
  const link = new FakeLink(Promise.resolve());

  await consumers.begin(link);

  expect(link.consumed.size).toBe(0);
});

test("who is to own something learns in time that the server does not answer", async () => {
  vi.useFakeTimers();
  const consumers = new AmqpConsumers(new AmqpNames("hookwell"), new Prefetch(250), ignore, ignore);
  const silent = new FakeLink(new Promise(ignore));

  const owned = assert.rejects(
    consumers.own(() => silent, [1]),
    QueueUnavailableError,
  );
  await vi.advanceTimersByTimeAsync(patienceMs);

  await owned;
});

test("what is to be held less of while the consumers are begun is consumed once", async () => {
  const names = new AmqpNames("hookwell");
  const consumers = new AmqpConsumers(names, new Prefetch(250), ignore, ignore);
  await consumers.own(() => new FakeLink(Promise.resolve()), [1, 2]);
  const opening = Promise.withResolvers<void>();
  const link = new FakeLink(opening.promise);
  const begun = consumers.begin(link);

  // What comes of one shard may be too large before the consumer of another is there.
  consumers.renew();
  opening.resolve();
  await begun;
  await consumers.own(() => link, [1, 2]);

  expect([...link.consumed.values()].toSorted()).toEqual([names.shard(1), names.shard(2)]);
});

test("a consumer begins when the one before it has left", async () => {
  const consumers = new AmqpConsumers(new AmqpNames("hookwell"), new Prefetch(250), ignore, ignore);
  const link = new FakeLink(Promise.resolve());
  await consumers.begin(link);
  await consumers.own(() => link, [1, 2]);

  consumers.renew();
  link.ends[0]?.("too slow");
  await consumers.own(() => link, [1, 2]);

  expect(link.consumed.size).toBe(2);
  expect(link.errors).toEqual([]);
});

test("what is given up goes back at once, even if it is owned again before an earlier change is done", async () => {
  const names = new AmqpNames("hookwell");
  const consumers = new AmqpConsumers(names, new Prefetch(250), ignore, ignore);
  const link = new FakeLink(Promise.resolve());
  await consumers.begin(link);
  await consumers.own(() => link, [1]);
  const [first] = link.consumed.keys();
  assert.ok(first !== undefined);
  const answer = Promise.withResolvers<void>();
  link.answers.set(names.shard(2), answer.promise);
  const slow = consumers.own(() => link, [1, 2]);
  await nextTurn();

  const changes = [slow, consumers.own(() => link, [2]), consumers.own(() => link, [1, 2])];
  await nextTurn();

  // What came on it meanwhile was not taken, so nothing that comes behind it may be.
  expect(link.consumed.has(first)).toBe(false);
  answer.resolve();
  await Promise.all(changes);
  expect([...link.consumed.values()].toSorted()).toEqual([names.shard(1), names.shard(2)]);
  expect(link.errors).toEqual([]);
});

test("the end of a consumer that was left before says nothing of the one that is there", async () => {
  const told: unknown[] = [];
  const takenBack = (shard: number): void => void told.push(shard);
  const consumers = new AmqpConsumers(new AmqpNames("hookwell"), new Prefetch(250), ignore, takenBack);
  const link = new FakeLink(Promise.resolve());
  await consumers.begin(link);
  for (const shards of [[1], [2], [1]]) await consumers.own(() => link, shards);

  link.ends[0]?.("read ECONNRESET");
  await consumers.own(() => link, [1]);

  expect(link.consumed.size).toBe(1);
  expect(told).toEqual([]);
});

test("a consumer that is cancelled before it is known is begun anew with all others", async () => {
  const names = new AmqpNames("hookwell");
  const consumers = new AmqpConsumers(names, new Prefetch(250), ignore, ignore);
  const link = new FakeLink(Promise.resolve());
  link.cancelled = names.shard(2);

  const owned = consumers.own(() => link, [1, 2]);

  await assert.rejects(owned, /cancelled/);
  expect(link.errors).toHaveLength(1);
});

test("a consumer that a server is slow to begin does not take the place of the one that came after it", async () => {
  const names = new AmqpNames("hookwell");
  const consumers = new AmqpConsumers(names, new Prefetch(250), ignore, ignore);
  const [link, next] = [new FakeLink(Promise.resolve()), new FakeLink(Promise.resolve())];
  const answer = Promise.withResolvers<void>();
  link.answers.set(names.shard(1), answer.promise);
  link.cancelled = names.shard(2);
  await assert.rejects(
    consumers.own(() => link, [1, 2]),
    /cancelled/,
  );
  link.lose();
  await consumers.begin(next);

  answer.resolve();
  await nextTurn();
  await consumers.own(() => next, []);

  expect([...next.consumed.values()]).toEqual([]);
});

test("what a server takes back from a consumer is told if the next one is there, and not of each where all is lost", async () => {
  const told: unknown[] = [];
  const takenBack = (shard: number, why: unknown): void => void told.push(shard, why);
  const consumers = new AmqpConsumers(new AmqpNames("hookwell"), new Prefetch(250), ignore, takenBack);
  const link = new FakeLink(Promise.resolve());
  await consumers.begin(link);
  await consumers.own(() => link, [1, 2]);

  link.ends[0]?.("too slow");
  await consumers.own(() => link, [1, 2]);
  link.isGone = true;
  for (const end of link.ends) end("read ECONNRESET");
  await assert.rejects(consumers.own(() => link, [1, 2]));
  const next = new FakeLink(Promise.resolve());
  await consumers.begin(next);
  // The next connection may be there before anybody could be begun on the old one.
  link.isGone = false;
  for (const end of next.ends.splice(0)) end("read ECONNRESET");
  await consumers.begin(new FakeLink(Promise.resolve()));
  await consumers.own(() => next, [1, 2]);

  expect(told).toEqual([1, "too slow"]);
});
