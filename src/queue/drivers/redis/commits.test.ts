import { setImmediate as turn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { eventually } from "../../../testing/eventually.ts";
import type { RedisClient } from "./connection/client.ts";
import { RedisCommits } from "./commits.ts";

/** A connection to a server without an append-only file, and with so many replicas that have everything. */
function withoutFile(replicas: number): RedisClient {
  const sendCommand = async ([command]: readonly string[]): Promise<unknown> => {
    if (command === "CONFIG") return {};
    if (command === "WAIT") return replicas;
    throw new Error("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
  };
  return { sendCommand } as unknown as RedisClient;
}

test("also without an append-only file nothing is confirmed that too few replicas have", async () => {
  const [enough, tooFew] = [
    await RedisCommits.on(withoutFile(2), 2),
    await RedisCommits.on(withoutFile(1), 2),
  ];

  await expect(enough.commit(1)).resolves.toBeUndefined();
  await expect(tooFew.commit(1)).rejects.toThrow("1 replicas of Redis have the messages");
});

/** A connection to a server with an append-only file; on how many disks it is, each wait is told by itself. */
function withFile(disks: () => Promise<number>): RedisClient {
  const sendCommand = async ([command]: readonly string[]): Promise<unknown> =>
    command === "WAITAOF" ? [await disks(), 0] : {};
  return { sendCommand } as unknown as RedisClient;
}

test("nothing is confirmed that the disk does not have in time", async () => {
  const commits = await RedisCommits.on(
    withFile(async () => 0),
    0,
  );

  await expect(commits.commit(1)).rejects.toThrow("Redis did not write to its disk in time.");
});

test("after a wait that failed, what is written next has a wait of its own", async () => {
  const disks = vi.fn(async () => 1).mockResolvedValueOnce(0);
  const commits = await RedisCommits.on(withFile(disks), 0);
  await expect(commits.commit(1)).rejects.toThrow("in time");

  await expect(commits.commit(1)).resolves.toBeUndefined();

  expect(disks).toHaveBeenCalledTimes(2);
});

test("what is written while the disk is waited for, and behind that, is waited for as well", async () => {
  const waits: PromiseWithResolvers<number>[] = [];
  const disks = (): Promise<number> => {
    const wait = Promise.withResolvers<number>();
    waits.push(wait);
    return wait.promise;
  };
  const commits = await RedisCommits.on(withFile(disks), 0);
  const confirmed: string[] = [];
  const commit = (name: string): Promise<unknown> => commits.commit(1).then(() => confirmed.push(name));
  const flushed = async (count: number): Promise<void> => {
    await eventually(() => expect(waits).toHaveLength(count), 5_000);
    waits[count - 1]?.resolve(1);
  };

  const first = commit("first");
  await eventually(() => expect(waits).toHaveLength(1));
  const second = commit("second");
  await turn();
  expect(waits).toHaveLength(1);
  await flushed(1);
  await first;
  expect(confirmed).toEqual(["first"]);
  await flushed(2);
  await second;
  const third = commit("third");
  await flushed(3);

  await third;
  expect(confirmed).toEqual(["first", "second", "third"]);
});

test("a large batch is not confirmed either while too few replicas have it", async () => {
  const settings = { appendonly: "yes", appendfsync: "always" };
  const sendCommand = async ([command]: readonly string[]): Promise<unknown> =>
    command === "WAITAOF" ? [1, 0] : settings;
  const commits = await RedisCommits.on({ sendCommand } as unknown as RedisClient, 1);

  await expect(commits.commit(100)).rejects.toThrow("0 replicas of Redis have the messages");
});
