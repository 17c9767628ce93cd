import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { afterEach, expect, test, vi } from "vitest";
import { never } from "../../../testing/queue-driver/harness.ts";
import { NatsIntake, type IntakeParts } from "./intake.ts";
import type { Session } from "./session.ts";
import type { NatsShard } from "./shard.ts";

afterEach(() => vi.useRealTimers());

const shardOf = (index: number): NatsShard => ({
  index,
  consumer: `${index}-one-0`,
  incarnation: "one",
  takeovers: [],
  generation: 0,
});
const left = { seq: 5, timestamp: "2026-01-01T00:00:00Z", data: new Uint8Array() };

/** Of a server that has a message, which its consumer takes for acknowledged. */
const manager = {
  consumers: { info: async () => ({ num_pending: 0, num_ack_pending: 0, ack_floor: { stream_seq: 9 } }) },
  streams: {
    info: async () => ({ state: { subjects: { "events.0.some": 1 } } }),
    getMessage: async (_: string, { seq }: { readonly seq: number }) => (seq <= left.seq ? left : null),
  },
};

/** @param answer the code with which a consumer answers when it is asked, or asked to wait; it may say nothing */
function intakeOf(answer: (consumer: string, isWait: boolean) => number | undefined) {
  const listeners = new Map<string, (error: null, message: Msg) => void>();
  const connection = {
    subscribe: (subject: string, options: { readonly callback: (error: null, message: Msg) => void }) => {
      listeners.set(subject, options.callback);
      return { unsubscribe: () => undefined };
    },
    publish: (subject: string, text: string, { reply }: { readonly reply: string }) => {
      const isWait = "expires" in JSON.parse(text);
      const code = answer(subject.split(".").at(-1) ?? "", isWait);
      const message = { subject: reply, headers: { code } } as unknown as Msg;
      if (code !== undefined)
        queueMicrotask(() => listeners.get(isWait ? reply : "inbox.*.*")?.(null, message));
    },
  } as unknown as NatsConnection;
  const shards = [shardOf(0), shardOf(1)];
  const session = { connection, manager, topology: { shards } } as unknown as Session;
  const [takenOver, forgotten] = [[] as number[], [] as number[]];
  const sessions = {
    get: async () => session,
    use: (act: (session: Session) => Promise<unknown>) => act(session),
    forget: () => void forgotten.push(1),
    takeOver: async (index: number) => takenOver.push(index) > 0,
  };
  let inboxes = 0;
  const client = { createInbox: () => (inboxes++ === 0 ? "inbox" : `inbox${inboxes}`) };
  const ending = new AbortController().signal;
  const intake = new NatsIntake({ client, sessions, stream: "events", ending } as unknown as IntakeParts);
  return { intake, session, shards, takenOver, forgotten };
}

/** How many are to be handed out once more, after each of three looks. */
async function found(isHeld: boolean): Promise<readonly number[]> {
  const { intake, session } = intakeOf(() => undefined);
  intake.want([0]);
  const counts: number[] = [];
  for (let look = 1; look <= 3; look += 1) {
    await intake.lookForLeftovers(session, () => isHeld);
    counts.push(intake.unread.length);
  }
  return counts;
}

test("what the server takes for done is handed out once more, from the second look on, and once", async () => {
  expect(await found(false)).toEqual([0, 1, 1]);
});

test("what was handed out and is not answered yet is not handed out once more", async () => {
  expect(await found(true)).toEqual([0, 0, 0]);
});

test.each([
  ["asked", (_: string, isWait: boolean) => (isWait ? undefined : 503)],
  ["to wait", (_: string, isWait: boolean) => (isWait ? 503 : 404)],
])("a consumer that is gone when it is %s is looked for again, with a rest", async (_, answer) => {
  const { intake, forgotten } = intakeOf(answer);
  intake.want([0]);

  expect(await intake.receive(10, never)).toEqual([]);

  expect(forgotten.length).toBeGreaterThan(0);
  expect(forgotten.length).toBeLessThan(12);
});

test.each([
  { what: "is ours, is taken over from ourselves", meanwhile: () => undefined, taken: [0] },
  {
    what: "is another's now, is left to it",
    meanwhile: ({ intake }: ReturnType<typeof intakeOf>) => intake.want([1]),
    taken: [],
  },
  {
    what: "was taken over since, is left as it is",
    meanwhile: ({ shards }: ReturnType<typeof intakeOf>) =>
      void (shards[0] = { ...shardOf(0), consumer: "0-one-1" }),
    taken: [],
  },
])("a shard that did not answer, and $what", async (one) => {
  vi.useFakeTimers();
  const world = intakeOf((consumer, isWait) => (isWait || consumer === "0-one-0" ? undefined : 404));
  const { intake, takenOver } = world;
  intake.want([0]);
  const receiving = intake.receive(10, never).catch(String);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await receiving).toContain("no answer in time");
  expect(takenOver).toEqual([]);

  one.meanwhile(world);
  const next = intake.receive(10, never).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  await next;

  expect(takenOver).toEqual(one.taken);
});
