import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { eventsOf, secret, startSandbox } from "../../test/support/sandbox/start-sandbox.ts";
import { signatureHeader, verify } from "../event/signature.ts";
import { createSandbox } from "./create-sandbox.ts";
import { sampleNames } from "./samples.ts";

const sms = { to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] };

test("a message lives, and each of its events arrives signed over the bytes sent", async () => {
  const { sandbox, received, register } = startSandbox();
  register();

  const { messageId = "" } = sandbox.send(sms);
  await sandbox.settled();

  expect(eventsOf(received)).toMatchObject([
    { name: "message.sent", payload: { id: messageId } },
    { name: "message.delivered", payload: { id: messageId } },
    { name: "message.read", payload: { id: messageId } },
  ]);
  for (const { body, headers } of received) {
    expect(verify(body, headers.get(signatureHeader), secret)).toBe(true);
  }
});

test("without a secret the deliveries have no signature", async () => {
  const { sandbox, received } = startSandbox();
  sandbox.webhooks.create({
    name: "open",
    url: "http://receiver.test/",
    subscriptions: [{ type: "message.sent" }],
  });

  sandbox.send(sms);
  await sandbox.settled();

  expect(received.map(({ headers }) => headers.has(signatureHeader))).toEqual([false]);
});

test("every known event can be emitted, and unknown ones too", async () => {
  const names = [...sampleNames, "session.started"];
  const { sandbox, received, register } = startSandbox();
  register({ subscriptions: names.map((type) => ({ type })) });

  for (const name of names) sandbox.emit(name);
  await sandbox.settled();

  expect(eventsOf(received).map(({ name }) => name)).toEqual(names);
});

test("an emitted event has the payload that it is given, merged into that of its sample", () => {
  const { sandbox } = startSandbox();

  const event = sandbox.emit("message.failed", { payload: { details: { channel: "rcs" } }, entityId: "m1" });

  expect(event.payload).toMatchObject({ id: "m1", details: { channel: "rcs", failureReason: /./ } });
});

test.each([
  ["chat", "chat.create"],
  ["profile", "profile.create"],
  ["conversation", "conversation.create"],
  ["presence", "presence.available"],
] as const)("the life of a %s is told one event after the other", async (kind, first) => {
  const { sandbox, received, register } = startSandbox();
  register({ subscriptions: sampleNames.map((type) => ({ type })) });

  sandbox.live(kind);
  await sandbox.settled();

  expect(eventsOf(received)[0]?.name).toBe(first);
  expect(new Set(received.map(({ at }) => at)).size).toBeGreaterThan(2);
});

test("the same seed gives the same deliveries, another seed others", async () => {
  const deliveriesOf = async (seed: number): Promise<string> => {
    const faults = { duplicate: 0.3, reorder: 0.3, delayMs: 1_000, wrongSignature: 0.2, cut: 0.2 };
    const { sandbox, register } = startSandbox(
      { seed, faults },
      (_, { body }) => 200 + (body.length % 2) * 300,
    );
    register({ batch: true, maxBatchSize: 3, batchTimeout: 2 });
    for (let sent = 0; sent < 20; sent += 1) sandbox.send(sms);
    await sandbox.advance(3_600_000);
    return JSON.stringify(sandbox.deliveries());
  };

  const [one, same, other] = [await deliveriesOf(7), await deliveriesOf(7), await deliveriesOf(8)];

  expect(one).toBe(same);
  expect(one).not.toBe(other);
});

test("a reset forgets everything, but no id comes again", async () => {
  const { sandbox, received, register } = startSandbox();
  register();
  const before = sandbox.send(sms).messageId;

  sandbox.reset();
  await sandbox.settled();

  expect([sandbox.webhooks.list(true), sandbox.messages(), sandbox.deliveries(), received]).toEqual([
    [],
    [],
    [],
    [],
  ]);
  expect(sandbox.send(sms).messageId).not.toBe(before);
});

test("over the network it posts what a receiver can verify", async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (text: string) => bodies.push(text));
    request.on("end", () => {
      bodies.push(String(request.headers[signatureHeader]));
      response.writeHead(202).end("thanks");
    });
  });
  const url = await listen(server);
  const sandbox = createSandbox({ timeScale: 1_000 });
  onTestFinished(() => sandbox.close());
  sandbox.webhooks.create({ name: "mine", url, secret, subscriptions: [{ type: "chat.closed" }] });

  sandbox.emit("chat.closed");
  await sandbox.settled();

  expect(sandbox.deliveries()).toMatchObject([{ status: 202, outcome: "accepted" }]);
  expect(verify(bodies[0] ?? "", bodies[1], secret)).toBe(true);
});

test("a connection over the network is cut in the middle of the body, and nobody listening refuses it", async () => {
  const server = createServer((request, response) => {
    request.on("end", () => response.end()).resume();
  });
  const url = await listen(server);
  const sandbox = createSandbox({ faults: { cut: 1 } });
  onTestFinished(() => sandbox.close());
  const subscriptions = [{ type: "chat.closed" }];
  sandbox.webhooks.create({ name: "cut", url, secret, subscriptions });
  sandbox.webhooks.create({ name: "nobody", url: "http://127.0.0.1:1/", secret, subscriptions });

  sandbox.emit("chat.closed");

  await expect
    .poll(() => sandbox.deliveries().map(({ error, outcome }) => [error, outcome]))
    .toEqual([
      ["cut", "retry"],
      ["refused", "retry"],
    ]);
});

async function listen(server: Server): Promise<string> {
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
}
