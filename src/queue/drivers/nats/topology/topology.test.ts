import assert from "node:assert/strict";
import type { JetStreamManager } from "@nats-io/jetstream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { timed } from "../../../../testing/eventually.ts";
import { apiErrors } from "../errors.ts";
import type { NatsPlan } from "./streams.ts";
import { type Begun, takeOver } from "./topology.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const plan: NatsPlan = { name: "hookwell", replicas: undefined, leaseMs: 30_000, shown: "", isLook: false };
const shard = { index: 0, incarnation: "one", consumer: "0-one-0" };

type Change = () => Promise<unknown>;

/** A shard that nobody has owned, on a server that is told what becomes of its consumers. */
function managerOf(remove: Change, add: Change): JetStreamManager {
  const written: string[] = [];
  const read = () => ({ seq: written.length, json: () => JSON.parse(written.at(-1) ?? "") });
  const publish = async (_: string, text: string) => ({ seq: written.push(text) });
  const info = async () => ({ delivered: { stream_seq: 0 }, ack_floor: { stream_seq: 0 } });
  return {
    streams: { getMessage: async () => (written.length === 0 ? null : read()) },
    jetstream: () => ({ publish }),
    consumers: { info, delete: remove, add },
  } as unknown as JetStreamManager;
}

const refused = (code: number): Error => Object.assign(new Error("refused"), { code });
const silent = (): Promise<never> => new Promise(() => undefined);

test("a cluster is asked again for what it says nothing of, or does not want yet", async () => {
  const remove = vi.fn<Change>().mockImplementationOnce(silent);
  // It was removed, and nobody told us of that.
  remove.mockRejectedValue(refused(apiErrors.consumerNotFound));
  const add = vi
    .fn<Change>()
    .mockRejectedValueOnce(refused(apiErrors.consumerNotUnique))
    .mockResolvedValue({});

  const taking = takeOver(managerOf(remove, add), plan, shard, new Map());
  await vi.advanceTimersByTimeAsync(1_500);

  expect(await taking).toMatchObject({ consumer: "0-one-1" });
  expect([remove, add].map(({ mock }) => mock.calls.length)).toEqual([2, 2]);
});

test("a cluster that does not change its consumers is not waited for without end", async () => {
  const add = (): Promise<never> => Promise.reject(refused(apiErrors.consumerNotUnique));

  const taking = timed(() =>
    expect(
      takeOver(
        managerOf(async () => true, add),
        plan,
        shard,
        new Map(),
      ),
    ).rejects.toThrow("in time"),
  );
  await vi.advanceTimersByTimeAsync(5_000);

  expect((await taking).ms).toBeLessThan(4_000);
});

test("whatever else is said of a consumer is told at once", async () => {
  const add = (): Promise<never> => Promise.reject(refused(apiErrors.noResources));

  const taking = takeOver(
    managerOf(async () => true, add),
    plan,
    shard,
    new Map(),
  );

  await expect(taking).rejects.toThrow("refused");
});

describe("a consumer that is not there in time", () => {
  /** Tries once in vain, and leaves a cluster that makes the consumer at the next try. */
  async function begin() {
    const add = vi.fn<Change>().mockResolvedValue({});
    for (const _ of [1, 2, 3]) add.mockImplementationOnce(silent);
    const manager = managerOf(async () => true, add);
    const begun: Begun = new Map();
    const first = assert.rejects(takeOver(manager, plan, shard, begun), /in time/);
    await vi.advanceTimersByTimeAsync(5_000);
    await first;
    return { manager, begun };
  }

  test("is waited for by who has begun it: another one would take as long again", async () => {
    const { manager, begun } = await begin();

    expect(await takeOver(manager, plan, shard, begun)).toMatchObject({ consumer: "0-one-1" });
  });

  test("is another's for whoever has not begun it, who may have had it meanwhile", async () => {
    const { manager } = await begin();

    expect(await takeOver(manager, plan, shard, new Map())).toMatchObject({ consumer: "0-one-2" });
  });

  test("was there after all if it was asked: what it has handed out would not come again", async () => {
    const { manager, begun } = await begin();
    const asked = { ...shard, consumer: "0-one-1" };

    expect(await takeOver(manager, plan, asked, begun)).toMatchObject({ consumer: "0-one-2" });
  });

  test("once it is there, is taken over like any other", async () => {
    const { manager, begun } = await begin();
    await takeOver(manager, plan, shard, begun);

    expect(await takeOver(manager, plan, shard, begun)).toMatchObject({ consumer: "0-one-2" });
  });
});
