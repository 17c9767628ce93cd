import { expect, test, vi } from "vitest";
import { NatsGains } from "./gains.ts";

/** A server that takes nothing over until it is told what comes of it. */
function slowServer() {
  const asked: PromiseWithResolvers<void>[] = [];
  const takeOver = vi.fn<(shard: number) => Promise<void>>(() => {
    const answer = Promise.withResolvers<void>();
    asked.push(answer);
    return answer.promise;
  });
  const shards = (): readonly number[] => takeOver.mock.calls.map(([shard]) => shard);
  return { gains: new NatsGains(takeOver), asked, shards };
}

test("a shard that was taken over is not taken over again because another one failed", async () => {
  const { gains, asked, shards } = slowServer();
  gains.want([1, 2]);
  const all = gains.take();
  asked[0]?.resolve();
  asked[1]?.reject(new Error("too slow"));
  await expect(all).rejects.toThrow("too slow");

  const again = gains.take();
  asked[2]?.resolve();

  await again;
  expect(shards()).toEqual([1, 2, 2]);
});

test("a shard that is still being taken over is waited for, and not asked for twice", async () => {
  const { gains, asked, shards } = slowServer();
  gains.want([1]);
  void gains.take();

  const again = gains.take();
  asked[0]?.resolve();

  await again;
  expect(shards()).toEqual([1]);
});

test("a shard that was not wanted meanwhile is taken over again, also if its last takeover has not ended", async () => {
  const { gains, asked, shards } = slowServer();
  gains.want([1, 2]);
  const all = gains.take();
  asked[0]?.resolve();

  gains.want([]);
  gains.want([1, 2]);
  const again = gains.take();
  // The end of the first takeover says nothing of the second.
  asked[1]?.reject(new Error("too late"));
  await expect(all).rejects.toThrow("too late");
  asked[2]?.resolve();
  asked[3]?.resolve();

  await again;
  await gains.take();
  expect(shards()).toEqual([1, 2, 1, 2]);
});

test("a call that comes late takes nothing that is not wanted any more", async () => {
  const { gains, shards } = slowServer();
  gains.want([1]);

  gains.want([]);
  await gains.take();

  expect(shards()).toEqual([]);
});
