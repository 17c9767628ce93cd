import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { Message } from "../../src/event/message.ts";
import { sample } from "../../src/sandbox/samples.ts";
import { receivePlainly } from "./plain-receiver.ts";

const secret = "a-secret";

async function post(port: number, body: string, key = secret): Promise<number> {
  const signature = createHmac("sha1", key).update(body).digest("hex");
  const url = `http://127.0.0.1:${port}/`;
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "x-comapi-signature": signature },
  });
  return response.status;
}

test("genuine events are sent with their fields before the answer, and forged ones are refused", async () => {
  const sent: Message[] = [];
  const port = await receivePlainly({ send: async (messages) => void sent.push(...messages) }, secret);
  const event = sample("message.delivered");
  const another = { ...event, eventId: "another" };

  const statuses = [
    await post(port, JSON.stringify(event), "a wrong one"),
    await post(port, JSON.stringify(event)),
    await post(port, JSON.stringify([another, event])),
  ];

  expect(statuses).toEqual([401, 200, 200]);
  expect(sent.map(({ eventId }) => eventId)).toEqual([event.eventId, "another", event.eventId]);
  expect(sent[0]).toMatchObject({
    name: "message.delivered",
    entity: `message:${(event.payload as { id: string }).id}`,
    revision: event.revision,
    occurredAt: Date.parse(event.timestamp),
    body: Buffer.from(JSON.stringify(event)),
  });
});

test("what the server does not take is not answered with 200", async () => {
  const port = await receivePlainly({ send: () => Promise.reject(new Error("full")) }, secret);

  expect(await post(port, JSON.stringify(sample("message.delivered")))).toBe(503);
});
