import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { afterEach, expect, test, vi } from "vitest";
import { answerMs, NatsInbox } from "./inbox.ts";

afterEach(() => vi.useRealTimers());

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };

/** A connection whose server says what it is told to. */
function spoken(): { readonly connection: NatsConnection; readonly say: (message: Partial<Msg>) => void } {
  let listener: ((error: null, message: Msg) => void) | undefined;
  const connection = {
    publish: () => undefined,
    subscribe: (_: string, options: { readonly callback: typeof listener }) =>
      void (listener = options.callback),
  };
  return {
    connection: connection as unknown as NatsConnection,
    say: (message) => listener?.(null, message as Msg),
  };
}

const handedOut = { subject: "events.0.one", reply: `$JS.ACK.events.${shard.consumer}.1.1.1.1.0` };
const nothingMore = { subject: `inbox.1.${shard.consumer}`, headers: { code: 404 } as MsgHdrs };

test("what is handed out is told when its question is answered to the end, so that nothing is missing before it", () => {
  const [inbox, { connection, say }] = [new NatsInbox("inbox"), spoken()];
  void inbox.ask(connection, "events", { shard, batch: 2 });

  say(handedOut);
  expect([inbox.take(), inbox.messages.length]).toEqual([[], 1]);

  say(nothingMore);
  expect(inbox.take().map(({ end, messages }) => [end, messages.length])).toEqual([["empty", 1]]);
  expect(inbox.has(shard)).toBe(false);
});

test("a question that is not answered in time is lost until it is forgotten, whatever comes of it", async () => {
  vi.useFakeTimers();
  const [inbox, { connection, say }] = [new NatsInbox("inbox"), spoken()];
  const asked = inbox.ask(connection, "events", { shard, batch: 2 });
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
  const [inbox, { connection, say }] = [new NatsInbox("inbox"), spoken()];
  void inbox.ask(connection, "events", { shard, batch: 2 });
  say(nothingMore);
  void inbox.ask(connection, "events", { shard, batch: 2 });

  say(nothingMore);

  expect(inbox.has(shard)).toBe(true);
  expect(inbox.take()).toHaveLength(1);
  expect(inbox.open).toHaveLength(1);
});
