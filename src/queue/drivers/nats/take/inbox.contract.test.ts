import { connect, createInbox } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { withManager } from "../../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../../test/support/servers/nats-server.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { NatsInbox } from "./inbox.ts";
import type { Ask } from "./question.ts";

/** Three messages of a shard on a server of their own, and an inbox that has asked for none of them. */
async function threeMessages() {
  const server = await NatsServer.start();
  await withManager(server, async (manager) => {
    await manager.streams.add({ name: "events", subjects: ["events.>"] });
    await manager.consumers.add("events", { durable_name: shard.consumer, ack_policy: "explicit" });
    for (const text of ["1", "2", "3"]) await manager.jetstream().publish("events.one", text);
  });
  const connection = await connect({ servers: server.url });
  const inbox = new NatsInbox(createInbox());
  return {
    inbox,
    ask: (question: Omit<Ask, "shard">): Promise<void> =>
      inbox.ask({ connection, stream: "events", api: "$JS.API", reached: 1 }, { shard, ...question }),
    /** How each question ended, and what it gave. */
    taken: () =>
      inbox
        .take()
        .map(({ end, messages }) => [
          end,
          ...messages.map(({ message }) => Buffer.from(message.data).toString()),
        ]),
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };

test.skipIf(!(await answers("nats")))(
  "what was handed out to an old question comes before what a new one is answered",
  async () => {
    await using world = await threeMessages();
    const { inbox, ask, taken } = world;
    void ask({ batch: 2 });
    inbox.forget(shard);
    await eventually(() => expect(inbox.messages).toHaveLength(2));

    await ask({ batch: 5 });

    expect(taken()).toEqual([["late"], ["late", "1"], ["late", "2"], ["empty", "3"]]);
    expect(inbox.messages).toEqual([]);
  },
);

test.skipIf(!(await answers("nats")))(
  "what gave exactly as many bytes as were asked has answered",
  async () => {
    await using world = await threeMessages();
    const { inbox, ask, taken } = world;
    await ask({ batch: 1 });
    const [first] = inbox.messages;
    const bytes = "events.one".length + (first?.reply ?? "").length + "1".length;

    await ask({ batch: 5, maxBytes: bytes });

    expect(taken()).toEqual([
      ["full", "1"],
      ["full", "2"],
    ]);
  },
);
