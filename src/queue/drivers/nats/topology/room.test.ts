import type { JetStreamAccountStats, JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { accountOf, roomWarnings } from "./room.ts";

const mb = 1_048_576;

const stream = (limits: object, state: object): StreamInfo =>
  ({ config: { name: "hookwell", num_replicas: 3, ...limits }, state }) as unknown as StreamInfo;
const account = (storage: number, max_storage: number, more: object = {}): JetStreamAccountStats =>
  ({ storage, limits: { max_storage }, ...more }) as unknown as JetStreamAccountStats;
const unlimited = { max_msgs: -1, max_bytes: -1 };

test("a limit of which less than a tenth is left is told, with what raises it", () => {
  const full = stream({ max_msgs: 1_000, max_bytes: 10 * mb }, { messages: 901, bytes: 10 * mb });

  expect(roomWarnings(full, account(95 * mb, 100 * mb))).toEqual([
    "max_msgs of hookwell is 1,000, of which 90 % are used: once it is full, events are refused. Let workers catch up, or raise max_msgs of the stream.",
    "max_bytes of hookwell is 10 MB, of which 100 % are used: once it is full, events are refused. Let workers catch up, or raise max_bytes of the stream.",
    "max_storage of the account is 100 MB, of which 95 % are used: once it is full, events are refused. Let workers catch up, or raise max_store of the account.",
  ]);
});

test("nothing is told of limits with enough room, and of those that nobody has set or may see", () => {
  const some = stream({ max_msgs: 1_000, max_bytes: 10 * mb }, { messages: 899, bytes: mb });
  const much = stream(unlimited, { messages: 1e9, bytes: 1e12 });

  expect(roomWarnings(some, account(89 * mb, 100 * mb))).toEqual([]);
  expect(roomWarnings(much, account(1e12, -1))).toEqual([]);
  expect(roomWarnings(much, undefined)).toEqual([]);
});

test("if an account has limits for each number of copies, that of the stream counts", () => {
  const tiers = { R1: account(99 * mb, 100 * mb), R3: account(1 * mb, 100 * mb) };
  const of = (num_replicas: number): readonly string[] =>
    roomWarnings(
      stream({ ...unlimited, num_replicas }, { messages: 0, bytes: 0 }),
      account(0, -1, { tiers }),
    );

  expect([of(1).length, of(3).length]).toEqual([1, 0]);
});

test.each([
  ["forbids to ask", () => Promise.reject(new Error("Permissions Violation"))],
  ["has no leader", () => Promise.reject(new Error("JetStream system temporarily unavailable"))],
  ["is silent", () => new Promise(() => undefined)],
])("a server that %s does not keep the rest of the report back", async (_, getAccountInfo) => {
  const account = await accountOf({ getAccountInfo } as unknown as JetStreamManager);

  expect(account).toBeUndefined();
});
