import type { NatsConnection } from "@nats-io/transport-node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "../../../../errors.ts";
import type { NatsClient } from "../connection/client.ts";
import { apiErrors } from "../errors.ts";
import type { NatsLink } from "../connection/link.ts";
import { NatsSessions } from "./session.ts";
import type { NatsPlan } from "./streams.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const plan: NatsPlan = { name: "hookwell", replicas: undefined, leaseMs: 30_000, shown: "", isLook: false };

/** A server on which all is declared, as it is seen by one connection at a time. */
function world() {
  const stream = { created: "2026-01-01T00:00:00Z", config: { retention: "workqueue", num_replicas: 1 } };
  const owned = { seq: 1, json: () => ({ generation: 2, takeovers: [4, 6] }) };
  const manager = {
    streams: { info: vi.fn(async () => stream), getMessage: async () => owned },
    jetstream: () => ({ publish: async (): Promise<object> => ({ seq: 1 }) }),
    consumers: {
      list: async function* () {},
      add: async () => ({}),
      delete: async () => true,
      info: async () => ({ delivered: { stream_seq: 7 }, ack_floor: { stream_seq: 5 } }),
    },
  };
  const client = { jetstreamManager: async () => manager } as unknown as NatsClient;
  const link = { connection: {} as NatsConnection, isUp: true };
  return { link, manager, sessions: new NatsSessions(client, link as unknown as NatsLink, plan) };
}

test("what could not be declared is declared by the next who asks, over the same line", async () => {
  const { manager, sessions } = world();
  manager.streams.info.mockRejectedValueOnce(new QueueUnavailableError("no answer in time"));

  await expect(sessions.get()).rejects.toThrow("no answer in time");

  expect((await sessions.get()).shards).toHaveLength(16);
});

test("all is declared once, and anew over a new line, whatever becomes of the old one", async () => {
  const { link, manager, sessions } = world();
  const answer = Promise.withResolvers<never>();
  manager.streams.info.mockReturnValueOnce(answer.promise);

  const asked = [sessions.get(), sessions.get()];
  link.connection = {} as NatsConnection;
  const next = await sessions.get();
  answer.reject(new Error("closed"));

  expect(next.connection).toBe(link.connection);
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect((await sessions.get()).shards).toBe(next.shards);
});

test("who takes a shard over asks its new consumer from then on, and knows what others were handed", async () => {
  const { sessions } = world();

  expect(await sessions.takeOver(3)).toBe(true);

  const { shards } = await sessions.get();
  // Of what came before the fifth one nothing is left.
  const taken = { index: 3, generation: 3, takeovers: [6, 7] };
  expect(shards.filter(({ generation }) => generation !== 2)).toMatchObject([taken]);
});

test("a shard of which nothing can be written down is taken from nobody", async () => {
  const { manager, sessions } = world();
  const full = Object.assign(new Error("no room"), { code: apiErrors.noStorage });
  manager.jetstream = () => ({ publish: () => Promise.reject(full) });

  expect(await sessions.takeOver(3)).toBe(false);
});

test("one after the other, what is done now and then is done; what fails is told, and done the next time", async () => {
  const { sessions } = world();
  const doing = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun: unknown[] = [];
  const told: unknown[] = [];
  const act = async (): Promise<void> => doing[begun.push("once") - 1]?.promise;
  const timer = sessions.every(100, act, (error) => told.push(error));

  await vi.advanceTimersByTimeAsync(350);
  expect(begun).toHaveLength(1);
  doing[0]?.reject("trouble");
  await vi.advanceTimersByTimeAsync(100);

  expect([begun.length, told]).toEqual([2, ["trouble"]]);
  clearInterval(timer);
});
