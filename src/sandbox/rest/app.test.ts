import { describe, expect, test } from "vitest";
import { virtualClock } from "../clock.ts";
import { createSandbox } from "../create-sandbox.ts";
import type { Sandbox } from "../sandbox.ts";
import { sandboxApp, type SandboxAppOptions } from "./app.ts";

const basic = `Basic ${btoa("sandbox:sandbox")}`;
const webhook = { name: "orders", url: "http://receiver/", subscriptions: [{ type: "message.sent" }] };
const message = { to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] };

interface Asked {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

function start(options: SandboxAppOptions = {}) {
  const clock = virtualClock();
  const sandbox: Sandbox = createSandbox({ clock, fetch: async () => new Response(null, { status: 503 }) });
  const app = sandboxApp(sandbox, options);
  const ask = async (call: string, { body, headers }: Asked = {}): Promise<Answer> => {
    const [method = "", path = ""] = call.split(" ");
    const content =
      body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const init = { method, headers: { authorization: basic, ...headers }, ...content };
    const response = await app.fetch(new Request(`http://127.0.0.1:4010${path}`, init));
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  return { sandbox, clock, ask };
}

describe("a change of a webhook", () => {
  test.each(["PUT", "DELETE"])("by %s is refused with 412 if somebody else was faster", async (method) => {
    const { sandbox, ask } = start();
    const { id, etag } = sandbox.webhooks.create(webhook);
    sandbox.webhooks.update(id, { ...webhook, name: "theirs" });

    const { status } = await ask(`${method} /cpaas/webhooks/${id}`, {
      body: webhook,
      headers: { "if-match": etag },
    });

    expect(status).toBe(412);
    expect(sandbox.webhooks.get(id)?.webhook.name).toBe("theirs");
  });

  test("is made with the ETag that was read, and gives the next one", async () => {
    const { sandbox, ask } = start();
    const { id } = sandbox.webhooks.create(webhook);
    const read = await ask(`GET /cpaas/webhooks/${id}`);

    const headers = { "if-match": read.headers.get("etag") ?? "" };
    const changed = await ask(`PUT /cpaas/webhooks/${id}`, { body: { ...webhook, name: "ours" }, headers });

    expect(changed).toMatchObject({ status: 200, body: { name: "ours" } });
    expect(changed.headers.get("etag")).not.toBe(read.headers.get("etag"));
  });

  test("a deleted one is only seen by those who ask for it", async () => {
    const { sandbox, ask } = start();
    const { id } = sandbox.webhooks.create(webhook);
    await ask(`DELETE /cpaas/webhooks/${id}`);

    const answers = [await ask("GET /cpaas/webhooks"), await ask("GET /cpaas/webhooks?includeDeleted=true")];

    expect(answers.map(({ body }) => body)).toMatchObject([[], [{ id }]]);
  });
});

describe("what a client has to live with", () => {
  test("a call at another region is answered 403, and the first region tells the right host", async () => {
    const { ask } = start({ limits: { region: "r2" } });

    const wrong = await ask("GET /cpaas/webhooks");
    const account = await ask("GET /v2/account-info");
    const right = await ask("GET /r2/cpaas/webhooks");

    expect([wrong.status, right.status]).toEqual([403, 200]);
    expect(account.body).toMatchObject({
      properties: [{ name: "ApiEndpoint", value: "http://127.0.0.1:4010/r2" }],
    });
  });

  test("too many calls in a minute are answered 429, while messages are still sent", async () => {
    const { ask, clock } = start({ limits: { rateLimit: 2 } });
    const list = (): Promise<Answer> => ask("GET /cpaas/webhooks");

    const answers = [await list(), await list(), await list()];
    const sent = await ask("POST /cpaas/messages", { body: message });
    clock.moveTo(clock.now() + 60_000);
    const later = await list();

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Object.fromEntries(answers[2]?.headers ?? [])).toMatchObject({
      "x-ratelimit-limit": "2",
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Date.UTC(2026, 0, 1, 0, 1) / 1_000),
      "x-ratelimit-scope": "high",
    });
    expect([sent.status, later.status]).toEqual([201, 200]);
  });

  test("the older scheme answers 400 to excess, without naming a place", async () => {
    const { ask } = start({ limits: { rateLimit: 0, legacyRateLimit: true } });

    const { status, body } = await ask("GET /cpaas/webhooks");

    expect([status, body]).toEqual([400, { message: "Excess of calls: the account is capped for now." }]);
  });

  test("all of it can be turned on and off while the sandbox runs", async () => {
    const { ask } = start();

    await ask("PUT /sandbox/limits", { body: { rateLimit: 0 } });
    const limited = await ask("GET /cpaas/webhooks");
    await ask("POST /sandbox/reset");
    const free = await ask("GET /cpaas/webhooks");

    expect([limited.status, free.status]).toEqual([429, 200]);
  });
});

describe("what is refused", () => {
  test.each([
    ["is no JSON", "POST /cpaas/messages", "{", "$"],
    ["has no recipient", "POST /cpaas/messages", { rules: ["sms"] }, "$.to"],
    ["has a rule that is a number", "POST /cpaas/messages", { ...message, rules: ["sms", 7] }, "$.rules[1]"],
    ["has too large batches", "POST /cpaas/webhooks", { ...webhook, maxBatchSize: 501 }, "$.maxBatchSize"],
    ["has 5,001 messages", "POST /cpaas/messages/batch", Array.from({ length: 5_001 }, () => message), "$"],
    ["is an unknown limit", "PUT /sandbox/limits", { speed: 1 }, "$.speed"],
  ])("a body that %s is answered 400 with the path", async (_, call, body, path) => {
    const { ask } = start();

    const answer = await ask(call, { body });

    expect(answer.status).toBe(400);
    expect(answer.body).toHaveProperty("validationFailures.0.path", path);
  });

  test("a body of more than 10 MB is answered 400", async () => {
    const { ask } = start();

    const { status, body } = await ask("POST /cpaas/messages/batch", {
      body: "x".repeat(10 * 1024 * 1024 + 1),
    });

    expect([status, body]).toEqual([400, { message: "The body is larger than 10 MB." }]);
  });

  test.each([
    [
      "fault",
      "PUT /sandbox/faults",
      { duplcate: 1 },
      "Did you mean duplicate? There are: duplicate, reorder, ",
    ],
    ["scenario", "PUT /sandbox/scenario", { name: "strom" }, "There are: storm, outage, shuffle, rotation."],
  ])("an unknown %s is answered 400 with those that exist", async (_, call, body, there) => {
    const { ask } = start();

    const answer = await ask(call, { body });

    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(there) } });
  });

  test.each([
    [
      "an API Space that is not ours",
      "GET /apispaces/other/webhooks",
      { authorization: "Bearer sandbox-token" },
      404,
    ],
    ["the token of another", "GET /apispaces/other/webhooks", { authorization: "Bearer other" }, 401],
    [
      "a token where user and password belong",
      "GET /cpaas/webhooks",
      { authorization: "Bearer sandbox-token" },
      401,
    ],
    ["a path that does not exist", "GET /cpaas/webhook", {}, 404],
  ])("%s is answered with a sentence", async (_, call, headers, status) => {
    const { ask } = start();

    const answer = await ask(call, { headers });

    expect(answer).toMatchObject({ status, body: { message: expect.stringMatching(/^[A-Z].*\.$/) } });
  });
});

test("the sandbox's own calls tell every attempt, the dead queue and the messages, without credentials", async () => {
  const { sandbox, ask } = start();
  sandbox.webhooks.create(webhook);
  const nobody = { headers: { authorization: "" } };
  const emitted = await ask("POST /sandbox/emit", {
    body: { name: "message.sent", entityId: "m1" },
    ...nobody,
  });
  await sandbox.settled();

  const [deliveries, dead, messages] = [
    await ask("GET /sandbox/deliveries", nobody),
    await ask("GET /sandbox/dead", nobody),
    await ask("GET /sandbox/messages", nobody),
  ];

  expect(emitted).toMatchObject({ status: 201, body: { name: "message.sent", payload: { id: "m1" } } });
  expect(deliveries.body).toHaveLength(18);
  expect(dead.body).toMatchObject([{ name: "message.sent", reason: "schedule", attempts: 18 }]);
  expect(messages.body).toMatchObject([{ messageId: "m1", status: "sent" }]);
});

test("a whole life can be asked for, of a kind that exists", async () => {
  const { sandbox, ask } = start();

  const started = await ask("POST /sandbox/lives", { body: { kind: "message", id: "m1", channel: "sms" } });
  const unknown = await ask("POST /sandbox/lives", { body: { kind: "session" } });
  await sandbox.settled();

  expect(sandbox.message("m1")?.status).toMatch(/^(delivered|read|expired|failed|sent)$/);
  expect(started.status).toBe(202);
  expect(unknown.body).toMatchObject({
    message: expect.stringContaining("must be one of message, profile,"),
  });
});

test("whoever opens it in a browser reads what it is", async () => {
  const { ask } = start();

  expect(await ask("GET /")).toMatchObject({
    status: 200,
    body: expect.stringContaining("/sandbox/deliveries"),
  });
});
