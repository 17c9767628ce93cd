import type { JetStreamManager } from "@nats-io/jetstream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { timed } from "../../../testing/eventually.ts";
import { apiErrors } from "./errors.ts";
import type { NatsPlan } from "./streams.ts";
import { takeOver } from "./topology.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const plan: NatsPlan = { name: "hookwell", replicas: undefined, leaseMs: 30_000, shown: "", isLook: false };
const shard = { index: 0, incarnation: "one" };

type Change = () => Promise<unknown>;

/** A shard that nobody has owned, on a server that is told what becomes of its consumers. */
function managerOf(remove: Change, add: Change): JetStreamManager {
  const info = async () => ({ delivered: { stream_seq: 0 }, ack_floor: { stream_seq: 0 } });
  return {
    streams: { getMessage: async () => null },
    jetstream: () => ({ publish: async () => ({ seq: 1 }) }),
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

  const taking = takeOver(managerOf(remove, add), plan, shard);
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
  );

  await expect(taking).rejects.toThrow("refused");
});
