import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { afterEach, expect, test, vi } from "vitest";
import { aMessage } from "../../../../testing/builders.ts";
import { timed } from "../../../../testing/eventually.ts";
import { never } from "../../../../testing/queue-driver/harness.ts";
import type { Delivery } from "../../../driver.ts";
import type { Held } from "../answer/held.ts";
import { NatsIntake } from "./intake.ts";
import type { NatsSessions, Session } from "../topology/session.ts";
import type { NatsShard } from "../topology/shard.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

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

type Listener = (error: Error | null, message: Msg) => void;
/** The code of a consumer that has nothing, an error of the line, or a message. */
type Said = number | Error | "message" | undefined;

/** @param answer what a consumer says when it is asked, or asked to wait; undefined: nothing */
function intakeOf(answer: (consumer: string, isWait: boolean) => Said) {
  const [listeners, answers] = [new Map<string, Listener>(), [] as string[]];
  const questions = new Map<string, string>();
  let handedOut = 0;
  const messageOf = (said: number | "message", consumer: string, reply: string): Msg => {
    if (said !== "message") return { subject: reply, headers: headers(said, "Notice") } as Msg;
    handedOut += 1;
    return {
      subject: "events",
      reply: `$JS.ACK.events.${consumer}.1.${handedOut}.1.1.0`,
      data: left.data,
    } as Msg;
  };
  /** An answer to what the consumer was asked last. */
  const say = (said: number | "message", consumer: string): void =>
    listeners.get("inbox.*.*")?.(null, messageOf(said, consumer, questions.get(consumer) ?? ""));
  const connection = {
    subscribe: (subject: string, { callback }: { readonly callback: Listener }) => {
      listeners.set(subject, callback);
      return { unsubscribe: () => listeners.delete(subject) };
    },
    flush: async () => undefined,
    publish: (subject: string, text: string, options?: { readonly reply: string }) => {
      if (options === undefined) return void answers.push(text);
      const { reply } = options;
      const [isWait, consumer = ""] = ["expires" in JSON.parse(text), subject.split(".").at(-1)];
      if (!isWait) questions.set(consumer, reply);
      const said = answer(consumer, isWait);
      if (said === undefined) return;
      const listener = listeners.get(isWait ? reply : "inbox.*.*");
      queueMicrotask(() => {
        if (Error.isError(said)) listener?.(said, {} as Msg);
        else listener?.(null, messageOf(said, consumer, reply));
      });
    },
  } as unknown as NatsConnection;
  const shards = [shardOf(0), shardOf(1)];
  const book = { read: () => Promise.reject(new Error("no book")), write: async () => 1 };
  const session = { stream: "events", connection, manager, book, shards } as unknown as Session;
  const [takenOver, forgotten] = [[] as number[], [] as number[]];
  const sessions = {
    get: async () => session,
    use: (act: (session: Session) => Promise<unknown>) => act(session),
    forget: () => void forgotten.push(1),
    takeOver: async (index: number) => {
      shards[index] = { ...shardOf(index), consumer: `${index}-one-2` };
      return takenOver.push(index) > 0;
    },
  };
  const intake = new NatsIntake(sessions as unknown as NatsSessions, "inbox");
  return { intake, session, sessions, shards, takenOver, forgotten, listeners, answers, say };
}

/** One that was sent back as too early. */
const keptOf = (message: Partial<Delivery>): Held =>
  ({
    shard: shardOf(0),
    place: { consumer: "0-one-0", sequence: 1, storedAt: "1", delivered: 1 },
    order: { after: 1, turn: 0 },
    receipt: "1.1",
    attempt: 1,
    ...message,
    lane: "one",
    bytes: 1,
  }) as unknown as Held;
const whole = keptOf({ message: aMessage() });

/** How many wait here. */
async function waitingIn({ intake, session, answers }: ReturnType<typeof intakeOf>): Promise<number> {
  const said = answers.length;
  await intake.keepLeases(session);
  return answers.splice(said).filter((text) => text === "+WPI").length;
}

/** How many are to be handed out once more, after each of three looks. */
async function found(isHeld: boolean): Promise<readonly number[]> {
  const world = intakeOf(() => undefined);
  const { intake, session } = world;
  intake.want([0]);
  const counts: number[] = [];
  for (let look = 1; look <= 3; look += 1) {
    await intake.lookForLeftovers(session, () => isHeld);
    counts.push(await waitingIn(world));
  }
  return counts;
}

test("what the server takes for done is handed out once more, from the second look on, and once", async () => {
  expect(await found(false)).toEqual([0, 1, 1]);
});

test("what was handed out and is not answered yet is not handed out once more", async () => {
  expect(await found(true)).toEqual([0, 0, 0]);
});

test("what cannot be handed on yet keeps its lease as well, until it is given back; what could not be stays", async () => {
  const { intake, session, answers } = intakeOf(() => undefined);
  intake.want([0]);
  intake.keep(whole, 0);
  for (const _ of [1, 2]) await intake.lookForLeftovers(session, () => false);

  await intake.keepLeases(session);
  expect(answers.splice(0)).toEqual(["+WPI", "+WPI"]);

  intake.want([]);
  vi.spyOn(session.connection, "flush").mockRejectedValueOnce(new Error("no line"));
  await expect(intake.giveUpForeign(session)).rejects.toThrow("no line");
  expect(answers.splice(0)).toEqual(["-NAK", "-NAK"]);
  await intake.giveUpForeign(session);
  await intake.giveUpForeign(session, intake.unended);
  expect(answers.splice(0)).toEqual(["-NAK", "-NAK"]);
  await intake.keepLeases(session);
  expect(answers).toEqual([]);
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

/** How many wait here after a consumer was silent, and its shard was taken over from ourselves. */
async function waitingAfterTakeover(held: Held): Promise<readonly number[]> {
  vi.useFakeTimers();
  const world = intakeOf(() => undefined);
  const { intake, session } = world;
  intake.want([0]);
  const receiving = intake.receive(10, never).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  await receiving;
  intake.keep(held, 60_000);
  for (const _ of [1, 2]) await intake.lookForLeftovers(session, () => false);
  const before = await waitingIn(world);

  const next = intake.receive(10, never).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  await next;

  return [before, await waitingIn(world)];
}

test("what waits of a shard that is taken over from ourselves comes again, and is not handed out twice", async () => {
  expect(await waitingAfterTakeover(whole)).toEqual([2, 0]);
});

test("what the next consumer has handed out before its shard was taken over stays: it would not come again", async () => {
  const shard = { ...shardOf(0), consumer: "0-one-1" };

  expect(await waitingAfterTakeover({ ...whole, shard })).toEqual([2, 1]);
});

test("a shard that takes long to be taken over from ourselves holds back no other", async () => {
  vi.useFakeTimers();
  const { intake, sessions } = intakeOf((consumer, isWait) =>
    isWait || consumer === "0-one-0" ? undefined : "message",
  );
  vi.spyOn(sessions, "takeOver").mockReturnValue(new Promise(() => undefined));
  intake.want([0, 1]);
  void intake.receive(2, never);
  await vi.advanceTimersByTimeAsync(5_000);
  const handedOn = vi.fn<(all: readonly Held[]) => void>();

  void intake.receive(1, never).then(handedOn);
  await vi.advanceTimersByTimeAsync(1_000);

  expect(handedOn).toHaveBeenCalledWith([expect.objectContaining({ shard: shardOf(1) })]);
});

test("a shard that cannot be taken over from ourselves, as there is no room to note it, is asked again", async () => {
  vi.useFakeTimers();
  let said: Said;
  const { intake, sessions } = intakeOf((_, isWait) => (isWait ? undefined : said));
  vi.spyOn(sessions, "takeOver").mockResolvedValue(false);
  intake.want([0]);
  const receiving = intake.receive(1, never).catch(() => undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  await receiving;

  said = "message";
  const next = intake.receive(1, never);
  await vi.advanceTimersByTimeAsync(5_000);

  expect(await next).toHaveLength(1);
});

test("what has waited here begins a whole lease when it is handed on", async () => {
  const { intake, answers } = intakeOf(() => 404);
  intake.want([0]);
  intake.keep(whole, 0);

  expect(await intake.receive(1, never)).toHaveLength(1);

  expect(answers).toEqual(["+WPI"]);
});

test("no shard is always the last", async () => {
  const { intake } = intakeOf(() => "message");
  intake.want([0, 1]);

  const shards = [];
  for (const _ of [1, 2]) shards.push(...(await intake.receive(1, never)).map(({ shard }) => shard.index));

  expect(new Set(shards)).toEqual(new Set([0, 1]));
});

test("a call that has waited in vain leaves nothing behind", async () => {
  const { intake, listeners } = intakeOf((_, isWait) => (isWait ? undefined : 404));
  intake.want([0]);

  await intake.receive(10, never);

  expect([...listeners.keys()]).toEqual(["inbox.*.*"]);
});

test("a call that is ended does not wait for a consumer that is silent", async () => {
  const { intake } = intakeOf(() => undefined);
  intake.want([0]);

  const { ms, value } = await timed(() => intake.receive(10, AbortSignal.timeout(50)));

  expect(value).toEqual([]);
  expect(ms).toBeLessThan(2_000);
});

test("what cannot be listened to is told, and so is what cannot be fetched once more", async () => {
  const deaf = intakeOf((_, isWait) => (isWait ? new Error("no permission") : 404));
  deaf.intake.want([0]);
  await expect(deaf.intake.receive(10, never)).rejects.toThrow("no permission");

  const { intake, session } = intakeOf((_, isWait) => (isWait ? undefined : 404));
  intake.want([0]);
  intake.keep(keptOf({}), 0);
  vi.spyOn(session.manager.streams, "getMessage").mockRejectedValue(new Error("no stream"));
  await expect(intake.receive(10, never)).rejects.toThrow("no stream");
});

test("nothing is handed on when all is over: it goes back with the rest", async () => {
  const ending = new AbortController();
  const { intake, session, answers } = intakeOf(() => {
    ending.abort();
    return 404;
  });
  intake.want([0]);
  intake.keep(whole, 0);

  expect(await intake.receive(10, ending.signal)).toEqual([]);

  intake.want([]);
  await intake.giveUpForeign(session);
  expect(answers).toEqual(["-NAK"]);
});

test("what comes of a shard that was left meanwhile is given back, and not handed on", async () => {
  const { intake, answers } = intakeOf((consumer, isWait) => {
    if (isWait || consumer !== "0-one-0") return undefined;
    intake.want([]);
    return "message";
  });
  intake.want([0]);

  expect(await intake.receive(1, never)).toEqual([]);

  expect(answers).toEqual(["-NAK"]);
});

test("what a slow consumer hands out as the wait for others begins is handed on at once", async () => {
  vi.useFakeTimers();
  const { intake, session, say } = intakeOf((consumer, isWait) =>
    isWait || consumer === "0-one-0" ? undefined : 404,
  );
  intake.want([0, 1]);
  // Something is fetched once more between the last look at the answers and the wait.
  intake.keep(keptOf({}), 0);
  vi.spyOn(session.manager.streams, "getMessage").mockImplementation(async () => {
    for (const said of ["message", 404] as const) say(said, "0-one-0");
    return null;
  });
  const handedOn = vi.fn<(all: readonly Held[]) => void>();
  void intake.receive(10, never).then(handedOn);

  // Less than the wait takes.
  await vi.advanceTimersByTimeAsync(900);

  expect(handedOn).toHaveBeenCalledWith([expect.objectContaining({ order: { after: 1, turn: 0 } })]);
});
