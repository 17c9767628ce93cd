import { connect, createInbox } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { withManager } from "../../../../test/support/nats-harness.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { NatsInbox } from "./inbox.ts";

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
    void inbox.ask(connection, "events", { shard, batch: 2 });
    inbox.forget(shard);
    await eventually(() => expect(inbox.messages).toHaveLength(2));

    await inbox.ask(connection, "events", { shard, batch: 5 });

    const texts = inbox
      .take()
      .map(({ end, messages }) => [end, ...messages.map((message) => message.string())]);
    expect(texts).toEqual([["late"], ["late", "1"], ["late", "2"], ["empty", "3"]]);
    expect(inbox.messages).toEqual([]);
    await connection.close();
  },
);

test.skipIf(!(await answers("nats")))(
  "what gave exactly as many bytes as were asked has answered",
  async () => {
    await using server = await NatsServer.start();
    await withManager(server, async (manager) => {
      await manager.streams.add({ name: "events", subjects: ["events.>"] });
      await manager.consumers.add("events", { durable_name: shard.consumer, ack_policy: "explicit" });
      for (const text of ["1", "2", "3"]) await manager.jetstream().publish("events.one", text);
    });
    const connection = await connect({ servers: server.url });
    const inbox = new NatsInbox(createInbox());
    await inbox.ask(connection, "events", { shard, batch: 1 });
    const [first] = inbox.messages;
    const bytes = "events.one".length + (first?.reply ?? "").length + "1".length;

    await inbox.ask(connection, "events", { shard, batch: 5, maxBytes: bytes });

    const ends = inbox
      .take()
      .map(({ end, messages }) => [end, ...messages.map((message) => message.string())]);
    expect(ends).toEqual([
      ["full", "1"],
      ["full", "2"],
    ]);
    await connection.close();
  },
);
