import { expect, test } from "vitest";
import { signatureHeader, verify } from "../event/signature.ts";
import { virtualClock } from "./clock.ts";
import { createSandbox } from "./create-sandbox.ts";
import { usualScript } from "./lives/message-script.ts";
import type { SandboxOptions, WebhookConfigurationInput } from "./sandbox.ts";

const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const start = Date.UTC(2026, 0, 1);
const statuses = ["message.sent", "message.delivered", "message.read", "message.failed"];

interface Received {
  readonly at: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A sandbox on a clock of its own, and a receiver in memory that answers what it is told to. */
function startSandbox(options: SandboxOptions = {}, answer: (received: Received) => number = () => 200) {
  const clock = virtualClock(start);
  const received: Received[] = [];
  const sandbox = createSandbox({
    clock,
    script: usualScript,
    fetch: async (request) => {
      const one = { at: clock.now() - start, headers: request.headers, body: await request.text() };
      received.push(one);
      return new Response(null, { status: answer(one) });
    },
    ...options,
  });
  const register = (more: Partial<WebhookConfigurationInput> = {}) =>
    sandbox.webhooks.create({
      name: "mine",
      url: "http://receiver.test/",
      secret,
      subscriptions: statuses.map((type) => ({ type })),
      ...more,
    });
  return { sandbox, clock, received, register };
}

test("a message lives, and each of its events arrives signed over the bytes sent", async () => {
  const { sandbox, received, register } = startSandbox();
  register();

  const { messageId } = sandbox.send({ to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] });
  await sandbox.settled();

  const events = received.map(({ body }) => JSON.parse(body) as { name: string; payload: { id: string } });
  expect(events.map(({ name }) => name)).toEqual(["message.sent", "message.delivered", "message.read"]);
  expect(new Set(events.map(({ payload }) => payload.id))).toEqual(new Set([messageId]));
  expect(received.every(({ body, headers }) => verify(body, headers.get(signatureHeader), secret))).toBe(
    true,
  );
  expect(sandbox.message(messageId ?? "")).toMatchObject({ status: "read" });
});
