import { createHash } from "node:crypto";
import { HTTPException } from "hono/http-exception";
import type { Registration } from "../registrations.ts";
import type { Sandbox } from "../sandbox.ts";
import { availableEvents, availableTemplates } from "./available.ts";
import type { Handlers } from "./handler.ts";
import { found } from "./found.ts";

type WebhookHandlers = Pick<Handlers, Extract<keyof Handlers, `${string}Webhook${string}`>>;

/** The calls about webhook configurations. */
export function webhookHandlers({ webhooks }: Sandbox): WebhookHandlers {
  return {
    getWebhooks: ({ query }) => {
      const all = webhooks.list(query.includeDeleted);
      return { status: 200, body: all.map(({ webhook }) => webhook), headers: headersOfAll(all) };
    },
    postWebhooks: ({ body }) => {
      const made = webhooks.create(body);
      return { status: 201, body: made.webhook, headers: headersOf(made) };
    },
    getWebhooksByWebhookId: ({ path, query }) => {
      const one = found(webhooks.get(path.webhookId, query.includeDeleted), "webhook", path.webhookId);
      return { status: 200, body: one.webhook, headers: headersOf(one) };
    },
    putWebhooksByWebhookId: ({ path: { webhookId }, ifMatch, body }) => {
      fresh(found(webhooks.get(webhookId), "webhook", webhookId), ifMatch);
      const changed = found(webhooks.update(webhookId, body), "webhook", webhookId);
      return { status: 200, body: changed.webhook, headers: headersOf(changed) };
    },
    deleteWebhooksByWebhookId: ({ path: { webhookId }, ifMatch }) => {
      fresh(found(webhooks.get(webhookId), "webhook", webhookId), ifMatch);
      webhooks.remove(webhookId);
      return { status: 204, body: undefined };
    },
    getWebhooksAvailableevents: () => ({
      status: 200,
      body: availableEvents,
      headers: { ETag: tagOf(availableEvents.map(({ type }) => String(type))) },
    }),
    getWebhooksAvailabletemplates: () => ({ status: 200, body: availableTemplates }),
  };
}

/** The vendor declares no 412 for webhooks, but does for chats and conversations. */
function fresh({ etag }: Registration, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === "*" || ifMatch === etag) return;
  throw new HTTPException(412, { message: `The webhook has changed: its ETag is ${etag}, not ${ifMatch}.` });
}

const headersOf = ({ etag, lastModified }: Registration): Readonly<Record<string, string>> => ({
  ETag: etag,
  "Last-Modified": lastModified,
});

function headersOfAll(all: readonly Registration[]): Readonly<Record<string, string>> {
  const newest = all
    .map(({ lastModified }) => lastModified)
    .sort()
    .at(-1);
  const ETag = tagOf(all.map(({ etag }) => etag));
  return newest === undefined ? { ETag } : { ETag, "Last-Modified": newest };
}

/** Of a list; how the sender makes it is not known. */
const tagOf = (parts: readonly string[]): string =>
  `"${createHash("sha1").update(parts.join()).digest("base64").slice(0, 27)}"`;
