import { expect, test, vi } from "vitest";
import { NatsRegain } from "./regain.ts";
import type { NatsShard } from "../topology/shard.ts";

const [one, other] = [0, 1].map((index): NatsShard => ({
  index,
  consumer: `${index}-one-0`,
  incarnation: "one",
  takeovers: [],
  generation: 0,
})) as [NatsShard, NatsShard];

/** Takes that end when they are told to. */
function taking() {
  const ends = new Map<NatsShard, PromiseWithResolvers<void>>();
  const take = vi.fn((shard: NatsShard): Promise<void> => {
    const end = Promise.withResolvers<void>();
    ends.set(shard, end);
    return end.promise;
  });
  return { take, regain: new NatsRegain(take), endOf: (shard: NatsShard) => ends.get(shard) };
}

test("a shard is taken once at a time, and the others do not wait for it", async () => {
  const { take, regain, endOf } = taking();

  await regain.begin([one], { mustWait: false });
  await regain.begin([one, other], { mustWait: false });
  expect(take.mock.calls).toEqual([[one], [other]]);

  endOf(one)?.resolve();
  await endOf(one)?.promise;
  await regain.begin([one], { mustWait: false });
  expect(take).toHaveBeenCalledTimes(3);
});

test("who has nothing else to do waits for all", async () => {
  const { regain, endOf } = taking();
  const isDone = vi.fn<() => void>();

  const begun = regain.begin([one, other], { mustWait: true }).then(isDone);
  endOf(one)?.resolve();
  await endOf(one)?.promise;
  expect(isDone).not.toHaveBeenCalled();
  endOf(other)?.resolve();

  await begun;
});

test("what goes wrong is told once, to who comes next, and the shard is begun anew", async () => {
  const { take, regain, endOf } = taking();
  await regain.begin([one], { mustWait: false });
  endOf(one)?.reject(new Error("no answer"));
  await endOf(one)?.promise.catch(() => undefined);

  await expect(regain.begin([one], { mustWait: false })).rejects.toThrow("no answer");
  expect(take).toHaveBeenCalledTimes(2);
  await expect(regain.begin([], { mustWait: false })).resolves.toBeUndefined();
});
