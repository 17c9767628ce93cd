import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { afterEach, expect, test, vi } from "vitest";
import { NatsInbox } from "./inbox.ts";
import { answerMs } from "./question.ts";
import type { Asked } from "./pull.ts";
import type { Session } from "../topology/session.ts";

afterEach(() => vi.useRealTimers());

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };

interface Spoken {
  readonly server: Asked & Pick<Session, "reached">;
  /** The subjects of what it was asked. */
  readonly asked: readonly string[];
  readonly say: (message: Partial<Msg>) => void;
  /** Ends what is listened to. */
  readonly fail: (error: Error) => void;
}

/** A server that says what it is told to. */
function spoken(): Spoken {
  const listeners: ((error: Error | null, message: Msg) => void)[] = [];
  const asked: string[] = [];
  const connection = {
    publish: (subject: string) => void asked.push(subject),
    subscribe: (_: string, { callback }: { readonly callback: (typeof listeners)[number] }) =>
      void listeners.push(callback),
  };
  const tell = (error: Error | null, message: Partial<Msg>): void => {
    for (const listener of listeners) listener(error, message as Msg);
  };
  return {
    server: {
      connection: connection as unknown as NatsConnection,
      stream: "events",
      api: "$JS.API",
      reached: 1,
    },
    asked,
    say: (message) => tell(null, message),
    fail: (error) => {
      tell(error, {});
      listeners.length = 0;
    },
  };
}

const handedOut = { subject: "events.0.one", reply: `$JS.ACK.events.${shard.consumer}.1.1.1.1.0` };
/** @param left how many messages it says that it has not given; undefined: it does not say so */
const notice = (code: number, description: string, left?: number): Partial<Msg> => {
  const told = headers(code, description);
  if (left !== undefined) told.set("Nats-Pending-Messages", String(left));
  return { subject: `inbox.1.${shard.consumer}`, headers: told };
};
const nothingMore = notice(404, "No Messages");

test("what is handed out is told when its question is answered to the end, so that nothing is missing before it", () => {
  const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
  void inbox.ask(server, { shard, batch: 2 });

  say(handedOut);
  expect([inbox.take(), inbox.messages.length]).toEqual([[], 1]);

  say(nothingMore);
  expect(inbox.take().map(({ end, messages }) => [end, messages.length])).toEqual([["empty", 1]]);
  expect(inbox.has(shard)).toBe(false);
});

test.each([
  ["messages", { batch: 1 }, 10],
  ["bytes", { batch: 2, maxBytes: 10 }, 10],
  ["at least as many bytes", { batch: 2, maxBytes: 10 }, 11],
])("a consumer that has given as many %s as it was asked for says nothing more", (_, much, size) => {
  const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
  void inbox.ask(server, { shard, ...much });

  const sized: Partial<Msg> & { readonly size: () => number } = { ...handedOut, size: () => size };
  say(sized);

  expect(inbox.take().map(({ end }) => end)).toEqual(["full"]);
});

test.each([
  ["all", notice(409, "Batch Completed", 0), 2, "full"],
  ["some, and that was all there is", notice(408, "Request Timeout", 1), 1, "empty"],
  ["some, and the next one is too large", notice(409, "Message Size Exceeds MaxBytes", 1), 1, "waiting"],
])(
  "an answer that says before its messages that it gave %s ends with the last of them",
  (_, said, given, end) => {
    const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
    void inbox.ask(server, { shard, batch: 2 });

    say(said);
    expect([inbox.has(shard), inbox.take()]).toEqual([true, []]);
    for (let number = 0; number < given; number += 1) say(handedOut);

    expect(inbox.take().map((answer) => [answer.end, answer.messages.length])).toEqual([[end, given]]);
    expect(inbox.has(shard)).toBe(false);
  },
);

test("a question is lost if what the consumer says that it gave does not come", async () => {
  vi.useFakeTimers();
  const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
  const asked = inbox.ask(server, { shard, batch: 2 });
  say(notice(409, "Batch Completed", 0));
  say(handedOut);
  vi.advanceTimersByTime(answerMs);

  await expect(asked).rejects.toThrow("no answer in time");
  expect(inbox.lost).toEqual([shard]);
});

test("what the first notice says holds, whatever comes behind it", () => {
  const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
  void inbox.ask(server, { shard, batch: 2 });
  say(notice(409, "Batch Completed", 0));
  say(handedOut);

  // What was handed out to us may not be handed out again soon, though its consumer has another leader now.
  say(notice(409, "Leadership Change"));

  expect([inbox.has(shard), inbox.take()]).toEqual([true, []]);
  say(handedOut);
  expect(inbox.take().map(({ end }) => end)).toEqual(["full"]);
});

test("a question that is not answered in time is lost until it is forgotten, whatever comes of it", async () => {
  vi.useFakeTimers();
  const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
  const asked = inbox.ask(server, { shard, batch: 2 });
  say(handedOut);
  vi.advanceTimersByTime(answerMs);
  await expect(asked).rejects.toThrow("no answer in time");

  say(handedOut);
  say(nothingMore);
  expect([inbox.lost, inbox.take()]).toEqual([[shard], []]);

  inbox.forget(shard);
  expect(inbox.take().map(({ end, messages }) => [end, messages.length])).toEqual([["late", 2]]);
  expect(inbox.lost).toEqual([]);
});

test("what is said late of a question that has ended does not end the next one", () => {
  const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
  void inbox.ask(server, { shard, batch: 2 });
  say(nothingMore);
  void inbox.ask(server, { shard, batch: 2 });

  say(nothingMore);

  expect(inbox.has(shard)).toBe(true);
  expect(inbox.take()).toHaveLength(1);
  expect(inbox.open).toHaveLength(1);
});

test("a consumer is asked one thing at a time, and nothing is kept of a question that has ended", async () => {
  vi.useFakeTimers();
  const [inbox, { server, asked, say }] = [new NatsInbox("inbox"), spoken()];
  const first = inbox.ask(server, { shard, batch: 2 });

  const second = inbox.ask(server, { shard, batch: 2 });

  expect(asked).toHaveLength(1);
  say(nothingMore);
  await Promise.all([first, second]);
  expect(vi.getTimerCount()).toBe(0);
});

test("the end of a line takes nothing from who has come by another one", () => {
  const [inbox, old, next] = [new NatsInbox("inbox"), spoken(), spoken()];
  void inbox.ask(old.server, { shard, batch: 2 });
  old.say(nothingMore);
  void inbox.ask(next.server, { shard, batch: 2 });

  old.fail(new Error("closed"));

  expect(inbox.lost).toEqual([]);
  next.say({ ...nothingMore, subject: `inbox.2.${shard.consumer}` });
  void inbox.ask(next.server, { shard, batch: 1 });
  next.say(handedOut);
  expect(inbox.messages).toHaveLength(1);
});

test("what is asked by a line that has ended is lost at once, and the next question is heard", async () => {
  const [inbox, { server, say, fail }] = [new NatsInbox("inbox"), spoken()];
  const asked = inbox.ask(server, { shard, batch: 2 });
  const other = { ...shard, index: 1, consumer: "1-one-0" };
  // Nobody waits for this one.
  void inbox.ask(server, { shard: other, batch: 2 });

  fail(new Error("no permission"));

  await expect(asked).rejects.toThrow("no permission");
  expect(inbox.lost).toEqual([shard, other]);
  inbox.forget(shard);
  void inbox.ask(server, { shard, batch: 1 });
  say(handedOut);
  expect(inbox.take().map(({ end }) => end)).toEqual(["late", "full"]);
});

test("that there is something to take is told until it is taken", () => {
  const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
  void inbox.ask(server, { shard, batch: 1 });
  const isTold: boolean[] = [];
  const look = (): void => void isTold.push(inbox.arrival.aborted);

  look();
  say(handedOut);
  look();
  inbox.take();
  look();
  // Nobody asked for one more.
  say(handedOut);
  look();

  expect(isTold).toEqual([false, true, false, true]);
});

test("what is put back comes before all that came since, and there is something to take again", () => {
  const [inbox, { server, say }] = [new NatsInbox("inbox"), spoken()];
  void inbox.ask(server, { shard, batch: 1 });
  say(handedOut);
  const first = inbox.take().flatMap(({ messages }) => messages);
  say({ ...handedOut, reply: `$JS.ACK.events.${shard.consumer}.1.2.1.1.0` });
  const second = inbox.take().flatMap(({ messages }) => messages);

  say({ ...handedOut, reply: `$JS.ACK.events.${shard.consumer}.1.3.1.1.0` });

  inbox.putBack(second);
  inbox.putBack(first);

  expect([inbox.arrival.aborted, inbox.has(shard)]).toEqual([true, true]);
  const messages = inbox.take().flatMap((answer) => answer.messages);
  expect(messages.map(({ place }) => place.sequence)).toEqual([1, 2, 3]);
});
