import { expect, test } from "vitest";
import type { RedisClient } from "./client.ts";
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
