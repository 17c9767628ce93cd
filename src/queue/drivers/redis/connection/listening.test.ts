import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RedisClient } from "./client.ts";
import { listen } from "./listening.ts";

const oom = (): Error => new Error("OOM command not allowed when used memory > 'maxmemory'.");

const { signal } = new AbortController();
const ring = (): void => undefined;

/** A connection to a server that answers each SUBSCRIBE with the next of these, and then takes it. */
function aClient(...refusals: readonly Error[]) {
  const left = [...refusals];
  const subscribe = vi.fn(async () => {
    const refusal = left.shift();
    if (refusal !== undefined) throw refusal;
  });
  const destroy = vi.fn();
  return { client: { isReady: true, subscribe, destroy } as unknown as RedisClient, subscribe, destroy };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a server that is too full to tell what is new is no worse than that, and is asked again", async () => {
  const { client, subscribe, destroy } = aClient(oom(), oom());

  await listen(client, "ready", ring, signal);
  await vi.advanceTimersByTimeAsync(10_000);

  expect(subscribe).toHaveBeenCalledTimes(3);
  expect(subscribe).toHaveBeenLastCalledWith("ready", ring);
  expect(destroy).not.toHaveBeenCalled();
});

test("what a server refuses for another reason is the end of the connection, at once and later", async () => {
  const lost = new Error("NOPERM No permissions to access a channel");
  const later = aClient(oom(), lost);

  await expect(listen(aClient(lost).client, "ready", ring, signal)).rejects.toBe(lost);
  await listen(later.client, "ready", ring, signal);
  await vi.advanceTimersByTimeAsync(10_000);

  expect(later.destroy).toHaveBeenCalledOnce();
});

test("a closed queue asks no more", async () => {
  const { client, subscribe } = aClient(oom());
  const closing = new AbortController();

  await listen(client, "ready", ring, closing.signal);
  closing.abort();
  await vi.advanceTimersByTimeAsync(10_000);

  expect(subscribe).toHaveBeenCalledOnce();
});
