import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { describe, expect, test, vi } from "vitest";
import { unlikeDocument } from "../../../../test/support/servers/asyncapi.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { withManager } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { openNatsQueue } from "./queue.ts";

const isThere = await answers("nats");
const example = new URL("../../../../examples/consumers/nats.py", import.meta.url).pathname;

describe.skipIf(!isThere)("events for others", () => {
  test("ten lines of Python see every event, with its exact bytes", { timeout: 30_000 }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    const python = spawn("python3", [example, "127.0.0.1", server.port, "hookwell"]);
    const lines = createInterface(python.stdout)[Symbol.asyncIterator]();
    expect(await lines.next()).toMatchObject({ value: "listening" });
    const body = Uint8Array.of(0, 13, 10, 255, 37);

    await driver.send([aMessage({ eventId: "é 1", entity: "message:42", revision: 7, body })]);

    expect(await lines.next()).toMatchObject({ value: "message.delivered é 1 message:42 7 000d0aff25" });
    python.kill();
    await driver.close();
  });

  test("have the headers that the AsyncAPI document names, and no others", { timeout: 30_000 }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    const nothing = { state: null, revision: null, occurredAt: null, accountId: null, apiSpaceId: null };
    const all = [
      aMessage(),
      aMessage(nothing),
      aMessage({ accountId: "39270", replay: true, occurredAt: -1, name: "é" }),
    ];
    await withManager(server, async ({ streams }) => {
      await streams.add({ name: "my-events", subjects: ["hookwell-events.>"] });

      await driver.send(all);
      await driver.send([aMessage()], { isAgain: true });

      for (let seq = 1; seq <= all.length + 1; seq += 1) {
        const headers = await vi.waitFor(
          async () => (await streams.getMessage("my-events", { seq }))?.header,
        );
        // The server adds headers of its own, such as `Nats-Stream`.
        const ours = [...(headers ?? [])].filter(
          ([key]) => key === "Nats-Msg-Id" || !key.startsWith("Nats-"),
        );
        const plain = Object.fromEntries(ours.map(([key, values]) => [key, values.join()]));
        expect(unlikeDocument("natsEvent", plain)).toBeUndefined();
      }
    });
    await driver.close();
  });

  test("a stream of their own keeps a copy of every event", { timeout: 30_000 }, async () => {
    await using server = await NatsServer.start();
    const driver = await openNatsQueue(server.url, { leaseMs: 2_000 });
    await withManager(server, async ({ streams }) => {
      await streams.add({ name: "my-events", subjects: ["hookwell-events.>"] });

      await driver.send([aMessage(), aMessage(), aMessage()]);

      await vi.waitFor(async () => expect((await streams.info("my-events")).state.messages).toBe(3));
    });
    await driver.close();
  });
});
