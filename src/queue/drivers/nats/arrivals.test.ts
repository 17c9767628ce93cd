import { setImmediate } from "node:timers/promises";
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { NatsArrivals } from "./arrivals.ts";
import { NatsBuffer } from "./buffer.ts";
import { NatsInbox } from "./inbox.ts";
import { NatsProgress } from "./progress.ts";
import type { Session } from "./session.ts";

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };

test("what is new does not overtake what the book is still asked about", async () => {
  const buffer = new NatsBuffer(() => true);
  const inbox = new NatsInbox("inbox");
  const arrivals = new NatsArrivals(inbox, buffer, new NatsProgress());
  const listeners: ((error: null, message: Msg) => void)[] = [];
  const connection = {
    publish: () => undefined,
    subscribe: (_: string, options: { readonly callback: (error: null, message: Msg) => void }) =>
      void listeners.push(options.callback),
  } as unknown as NatsConnection;
  const say = (message: Partial<Msg>): void => listeners[0]?.(null, message as Msg);
  const found = Promise.withResolvers<undefined>();
  const book = { read: () => found.promise, write: async () => 1 };
  const session = { connection, topology: { shards: [shard] }, book } as unknown as Session;
  const keep = (question: number, sequence: number, delivered: number): Promise<unknown> => {
    void inbox.ask(connection, "events", { shard, batch: 2 });
    say({
      subject: "events.0.one",
      reply: `$JS.ACK.events.${shard.consumer}.${delivered}.${sequence}.1.1.0`,
    });
    say({ subject: `inbox.${question}.${shard.consumer}`, headers: { code: 404 } as MsgHdrs });
    return arrivals.keepAnswers(session);
  };

  const older = keep(1, 1, 2);
  const taking = keep(2, 2, 1).then(() => buffer.take(10, () => undefined));
  await setImmediate();
  found.resolve(undefined);
  await older;

  expect((await taking).map(({ place }) => place.sequence)).toEqual([1, 2]);
});
