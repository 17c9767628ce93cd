import { connect, createInbox } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { withManager } from "../../../../test/support/nats-harness.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { never } from "../../../testing/queue-driver/harness.ts";
import { NatsInbox } from "./inbox.ts";
import { pullRound } from "./pull.ts";

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };

test.skipIf(!(await answers("nats")))(
  "what was handed out to an old question comes before what a new one is answered",
  async () => {
    await using server = await NatsServer.start();
    await withManager(server, async (manager) => {
      await manager.streams.add({ name: "events", subjects: ["events.>"] });
      await manager.consumers.add("events", { durable_name: shard.consumer, ack_policy: "explicit" });
      for (const text of ["1", "2", "3"]) await manager.jetstream().publish("events.one", text);
    });
    const connection = await connect({ servers: server.url });
    const inbox = new NatsInbox(createInbox());
    const ask = { stream: "events", inbox, waitMs: 0, signal: never };
    const old = inbox.open(connection, { take: () => false, note: () => undefined, fail: () => undefined });
    const question = `$JS.API.CONSUMER.MSG.NEXT.events.${shard.consumer}`;
    connection.publish(question, JSON.stringify({ batch: 2 }), { reply: old.replyTo(shard.consumer) });
    old[Symbol.dispose]();
    await eventually(() => expect(inbox.late).toHaveLength(2));

    const first = await pullRound(connection, [{ shard, batch: 1 }], ask);
    const second = await pullRound(connection, [{ shard, batch: 5 }], ask);

    const texts = [first, second].map(({ pulled }) =>
      pulled.map(({ message }) => new TextDecoder().decode(message.data)),
    );
    expect(texts).toEqual([["1"], ["2", "3"]]);
    expect(inbox.late).toEqual([]);
    await connection.close();
  },
);
