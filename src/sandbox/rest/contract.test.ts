import { readFileSync } from "node:fs";
import formats from "ajv-formats";
import { type Document, OpenAPIBackend } from "openapi-backend";
import { expect, test } from "vitest";
import { createSandbox } from "../create-sandbox.ts";
import { defaultCredentials } from "../credentials.ts";
import { virtualClock } from "../clock.ts";
import { sandboxApp } from "./app.ts";
import type { OperationId } from "./document.ts";

const written = readFileSync(new URL("../../sender-api/management-api.json", import.meta.url), "utf8");
/** An OpenAPI tool that shares nothing with the sandbox but the document. */
const tool = await new OpenAPIBackend({
  definition: JSON.parse(written) as Document,
  quick: true,
  ajvOpts: { strict: false },
  customizeAjv: (ajv) => formats.default(ajv),
}).init();
const { validator } = tool;
const documented = tool.router.getOperations();
const idsOf = (text: string): readonly string[] =>
  Array.from(text.matchAll(/"operationId": "(\w+)"/g), ([, id = ""]) => id);

const basic = { authorization: `Basic ${btoa("sandbox:sandbox")}` };
const bearer = { authorization: "Bearer sandbox-token" };

interface Sent {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
/** What is there when a call is made. */
interface World {
  readonly webhookId: string;
  readonly messageId: string;
  readonly inboundMessageId: string;
}

const webhook = { name: "orders", url: "http://127.0.0.1:9/", subscriptions: [{ type: "message.sent" }] };
const message = { to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] };
const hours = { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" };

/** A call that is right, and those that the document or the sandbox refuses; one entry for every operation. */
const calls: Readonly<
  Record<
    OperationId,
    (world: World) => { readonly good: Sent; readonly bad?: readonly Sent[]; readonly unknown?: Sent }
  >
> = {
  getWebhooks: () => ({
    good: { query: { includeDeleted: "true" } },
    bad: [{ query: { includeDeleted: "perhaps" } }],
  }),
  postWebhooks: () => ({
    good: { body: webhook },
    bad: [
      { body: {} },
      { body: { ...webhook, maxBatchSize: 501 } },
      { body: { ...webhook, subscriptions: [{ type: 1 }] } },
    ],
  }),
  getWebhooksAvailableevents: () => ({
    good: { query: { includeSchemas: "true" } },
    bad: [{ query: { includeSchemas: "1!" } }],
  }),
  getWebhooksAvailabletemplates: () => ({ good: {} }),
  getWebhooksByWebhookId: ({ webhookId }) => ({
    good: { path: { webhookId } },
    unknown: { path: { webhookId: "none" } },
  }),
  putWebhooksByWebhookId: ({ webhookId }) => ({
    good: { path: { webhookId }, body: { ...webhook, name: "other" } },
    bad: [{ path: { webhookId }, body: { name: "no address" } }],
    unknown: { path: { webhookId: "none" }, body: webhook },
  }),
  deleteWebhooksByWebhookId: ({ webhookId }) => ({
    good: { path: { webhookId } },
    unknown: { path: { webhookId: "none" } },
  }),
  postMessages: () => ({
    good: { body: message },
    bad: [{ body: { ...message, rules: "sms" } }, { body: { rules: ["sms"] } }, { body: [] }],
  }),
  postMessagesBatch: () => ({
    good: { body: [message, message] },
    bad: [{ body: message }, { body: [message, {}] }, { body: Array.from({ length: 5_001 }, () => message) }],
  }),
  getMessagesByMessageId: ({ messageId }) => ({
    good: { path: { messageId } },
    unknown: { path: { messageId: "none" } },
  }),
  patchMessagesByMessageId: ({ messageId }) => ({
    good: { path: { messageId }, body: { redact: true } },
    bad: [
      { path: { messageId }, body: {} },
      { path: { messageId }, body: { redact: true, redactSource: "me" } },
    ],
    unknown: { path: { messageId: "none" }, body: { redact: true } },
  }),
  deleteMessagesByMessageId: ({ messageId }) => ({
    good: { path: { messageId } },
    unknown: { path: { messageId: "none" } },
  }),
  postMessagesByMessageIdStatusesByStatus: ({ messageId }) => ({
    good: { path: { messageId, status: "delivered" }, body: { channel: "sms" } },
    bad: [
      { path: { messageId, status: "lost" }, body: { channel: "sms" } },
      { path: { messageId, status: "read" }, body: { channel: "sms", timestamp: "yesterday" } },
    ],
    unknown: { path: { messageId: "none", status: "delivered" }, body: { channel: "sms" } },
  }),
  postMessagesInbounds: () => ({
    good: { body: { channel: "sms", from: { phoneNumber: "447700900123" }, body: "Yes" } },
    bad: [{ body: { channel: "sms" } }],
  }),
  postMessagesInboundsByInboundMessageIdStatusesByStatus: ({ inboundMessageId }) => ({
    good: { path: { inboundMessageId, status: "read" }, body: { timestamp: hours.from } },
    bad: [
      { path: { inboundMessageId, status: "sent" }, body: { timestamp: hours.from } },
      { path: { inboundMessageId, status: "read" }, body: {} },
    ],
    unknown: { path: { inboundMessageId: "none", status: "read" }, body: { timestamp: hours.from } },
  }),
  getAnalyticsMessages: () => ({
    good: { query: { ...hours, by: "hour,system" } },
    bad: [{ query: { from: hours.from } }, { query: { ...hours, by: "minute" } }],
  }),
  getProfilesByProfileIdMessages: () => ({
    good: { path: { profileId: "morgan" }, query: { direction: "inbound", limit: "5" } },
    bad: [
      { path: { profileId: "morgan" }, query: { direction: "sideways" } },
      { path: { profileId: "morgan" }, query: { limit: "all" } },
    ],
  }),
  getAccountInfo: () => ({ good: {} }),
};

type Documented = (typeof documented)[number];
const idOf = ({ operationId = "" }: Documented): OperationId =>
  operationId.replace(/InSpace$/, "") as OperationId;
const isInSpace = ({ path }: Documented): boolean => path.startsWith("/apispaces/");

/** Statuses that the document leaves to `default`. */
const beyond = [400, 401, 403, 412, 429];
const driven = new Set<string>();

/** Makes a call, and tells what the tool has against the request and against the answer. */
async function drive(operation: Documented, sent: Sent, fetch: (request: Request) => Promise<Response>) {
  const { path: template, method, operationId = "" } = operation;
  const values: Readonly<Record<string, string>> = {
    apiSpaceId: defaultCredentials.apiSpaceId,
    ...sent.path,
  };
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
  const headers = { ...(isInSpace(operation) ? bearer : basic), ...sent.headers };
  const content = sent.body === undefined ? {} : { body: JSON.stringify(sent.body) };
  const query = new URLSearchParams(sent.query).toString();
  driven.add(operationId);
  const asked = validator.validateRequest({ method, path, headers, query, body: sent.body }, operation);
  const response = await fetch(
    new Request(`http://sandbox${path}?${query}`, { method: method.toUpperCase(), headers, ...content }),
  );
  const text = await response.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  return {
    status: response.status,
    headers: response.headers,
    body,
    fits: asked.valid,
    problems: problemsOf(operation, response.status, body, response.headers),
  };
}

function problemsOf(
  operation: Documented,
  status: number,
  body: unknown,
  headers: Headers,
): readonly unknown[] {
  const { operationId = "", responses = {} } = operation;
  const declared: object | undefined = responses[status];
  const isKnown = declared !== undefined || beyond.includes(status);
  const hasBody = declared !== undefined && "content" in declared;
  const isForeign = status < 300 && !hasBody && body !== undefined;
  const ofBody = validator.validateResponse(body, operationId, status);
  const ofHeaders = validator.validateResponseHeaders(Object.fromEntries(headers), operationId, {
    statusCode: status,
    setMatchType: "superset" as never,
  });
  return [
    ...(isKnown ? [] : [`${status} is not documented`]),
    ...(isForeign ? ["a body where the document has none"] : []),
    ...(hasBody ? (ofBody.errors ?? []) : []),
    ...(ofHeaders.errors ?? []),
  ];
}

/** A sandbox with a webhook, a message that was sent, and one that came. */
async function startWorld(): Promise<World & { readonly fetch: (request: Request) => Promise<Response> }> {
  const clock = virtualClock();
  const sandbox = createSandbox({ clock, seed: 1 });
  const { id: webhookId } = sandbox.webhooks.create(webhook);
  const { messageId = "" } = sandbox.send(message);
  const { messageId: inboundMessageId = "" } = sandbox.inbound({ channel: "sms", from: {} });
  await sandbox.advance(60_000);
  const { fetch } = sandboxApp(sandbox);
  return { webhookId, messageId, inboundMessageId, fetch };
}

const named = documented.map((operation) => ({ operation, id: operation.operationId ?? "" }));

test.each(named)("$id answers a call as the document says", async ({ operation }) => {
  const world = await startWorld();

  const answer = await drive(operation, calls[idOf(operation)](world).good, world.fetch);

  expect(answer).toMatchObject({ fits: true, problems: [] });
  expect(answer.status).toBe(Number(Object.keys(operation.responses ?? {}).find((status) => status < "300")));
});

test.each(named)(
  "$id answers 400 to what the document refuses, and names the place",
  async ({ operation }) => {
    const world = await startWorld();
    const { bad = [] } = calls[idOf(operation)](world);

    for (const sent of bad) {
      const answer = await drive(operation, sent, world.fetch);

      expect(answer).toMatchObject({ status: 400, fits: false, problems: [] });
      expect(answer.body).toHaveProperty(
        "validationFailures.0.path",
        expect.stringMatching(/^(\$|query\.|path\.)/),
      );
    }
  },
);

test.each(named)("$id answers 404 for what is not there, and 401 to a stranger", async ({ operation }) => {
  const world = await startWorld();
  const { good, unknown } = calls[idOf(operation)](world);

  const stranger = await drive(
    operation,
    { ...good, headers: { authorization: "Basic bm9ib2R5Og==" } },
    world.fetch,
  );
  const missing = unknown === undefined ? undefined : await drive(operation, unknown, world.fetch);

  expect(stranger).toMatchObject({ status: 401, problems: [] });
  expect(missing ?? { status: 404, problems: [] }).toMatchObject({ status: 404, problems: [] });
});

test("no operation of the document was left out", () => {
  expect([...driven].toSorted()).toEqual(idsOf(written).toSorted());
});

const operationOf = (id: string): Documented => {
  const found = documented.find(({ operationId }) => operationId === id);
  if (found === undefined) throw new Error(`The document has no ${id}.`);
  return found;
};

test.each([
  ["a status that is not documented", "postMessages", 200, {}, {}],
  ["a field of another type", "getMessagesByMessageId", 200, { messageId: 7 }, {}],
  ["a status word that does not exist", "getMessagesByMessageId", 200, { status: "lost" }, {}],
  ["an entry without its id", "postMessagesBatch", 202, [{ index: 0 }], {}],
  ["a body where there is none", "deleteWebhooksByWebhookId", 204, {}, {}],
  ["a header in another form", "getWebhooks", 200, [], { "Last-Modified": "yesterday" }],
] as const)("%s would be caught", (_, id, status, body, headers) => {
  expect(problemsOf(operationOf(id), status, body, new Headers(headers))).not.toEqual([]);
});
