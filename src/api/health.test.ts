import { afterEach, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "../errors.ts";
import { createHealth, type HealthParts } from "./health.ts";

afterEach(() => {
  vi.useRealTimers();
});

const queue: HealthParts["queue"] = { depth: async () => ({ messages: 0, oldestAgeMs: 0 }) };
const ledger = { latestChange: async (): Promise<number> => 0 };
const broken = {
  depth: async (): Promise<never> => {
    throw new QueueUnavailableError("/var/lib/hookwell: disk is full");
  },
};

const get = (parts: HealthParts, path: string, method = "GET"): Promise<Response> =>
  createHealth(parts).fetch(new Request(`http://local${path}`, { method }));

test("a process that lives says so, whatever is with its parts", async () => {
  const response = await get({ queue: broken }, "/healthz");

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "ok" });
});

test("it is ready when queue and ledger answer", async () => {
  const response = await get({ queue, ledger }, "/readyz");

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "ok", parts: { queue: "ok", ledger: "ok" } });
});

test("a queue that keeps events on the disk while its server is away is ready, and says so", async () => {
  const depth = async () => ({ messages: 3, oldestAgeMs: 10, spilled: 3 });

  const response = await get({ queue: { depth } }, "/readyz");

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "ok", parts: { queue: "spilling" } });
});

test("a queue whose server is away is ready if it keeps events on the disk, and says so before there are any", async () => {
  const depth = async () => ({ messages: 0, oldestAgeMs: 0, spilled: 0, isAway: true });

  const response = await get({ queue: { depth } }, "/readyz");

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "ok", parts: { queue: "away" } });
});

test("a part that fails is named, and nothing from inside of it", async () => {
  const response = await get({ queue: broken, ledger }, "/readyz");

  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: "unavailable", parts: { queue: "failed", ledger: "ok" } });
});

test("a part that hangs is reported within 2 s, and asked once however often one comes", async () => {
  vi.useFakeTimers();
  const silent = vi.fn<() => Promise<never>>(() => new Promise(() => undefined));
  const health = createHealth({ queue: { depth: silent }, ledger: { latestChange: silent } });

  const answers = Promise.all([1, 2, 3].map(() => health.fetch(new Request("http://local/readyz"))));
  await vi.advanceTimersByTimeAsync(1_999);
  const bodies = await Promise.all((await answers).map((response) => response.json()));

  expect(bodies[2]).toEqual({ status: "unavailable", parts: { queue: "late", ledger: "late" } });
  // Each of them.
  expect(silent).toHaveBeenCalledTimes(2);
});

test("a receiver without a ledger is ready by its queue alone", async () => {
  const response = await get({ queue }, "/readyz");

  expect(await response.json()).toEqual({ status: "ok", parts: { queue: "ok" } });
});

test.each([
  ["HEAD", "/readyz", 200],
  ["POST", "/healthz", 405],
  ["GET", "/health", 404],
])("%s %s is answered with %i", async (method, path, status) => {
  const response = await get({ queue }, path, method);

  expect(response.status).toBe(status);
});
