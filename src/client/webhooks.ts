import type { Access } from "./access.ts";
import { type Audit, auditOf } from "./audit.ts";
import { type Calls, given, listed, type Schemas } from "./calls.ts";

/** What a registration is made of; `batchTimeout` is in seconds, from 1 to 60, `maxBatchSize` from 1 to 500. */
export type WebhookInput = Schemas["WebhookConfigurationInput"];
/** An event that the account can subscribe to, and the filters that a subscription to it may have. */
export type AvailableEvent = Schemas["AvailableEvent"];
/** Events that the service suggests to subscribe to together. */
export type EventTemplate = Schemas["EventTemplate"];

/** A registration: where the service delivers which events. */
export interface Webhook extends WebhookInput, Audit {
  readonly id: string;
  /** Version of it, for `ifMatch`; null if the service did not tell it, as in a list. */
  readonly etag: string | null;
}

/** Which version a change is meant for. */
export interface Change {
  /** The version that is meant; default: the one that the service has now. */
  readonly ifMatch?: string | undefined;
}

/** The registrations of the account or API Space. */
export interface Webhooks {
  /** All registrations; those of a list have no `etag`. */
  list(options?: { readonly includeDeleted?: boolean }): Promise<readonly Webhook[]>;
  /** @throws {SenderNotFoundError} if there is none of this id */
  get(id: string): Promise<Webhook>;
  /**
   * Registers a URL. Deliveries begin at once.
   *
   * @example
   * ```ts
   * const webhook = await client.webhooks.create({
   *   name: "orders",
   *   url: "https://hooks.example.com/",
   *   secret: process.env.HOOKWELL_SECRET,
   *   subscriptions: [{ type: "message.sent" }, { type: "message.delivered" }],
   * });
   * ```
   */
  create(input: WebhookInput): Promise<Webhook>;
  /**
   * Changes these fields and keeps the others: reads the registration, and replaces it if nobody else did meanwhile.
   * A secret stays only if the service shows it, as an older page of the vendor says; else give it again.
   *
   * @throws {SenderStaleError} if somebody else did
   */
  update(id: string, fields: Partial<WebhookInput>, change?: Change): Promise<Webhook>;
  /** @throws {SenderStaleError} if `ifMatch` is not its version any more */
  remove(id: string, change?: Change): Promise<void>;
  /** The events that this account can subscribe to, with their filters. */
  availableEvents(): Promise<readonly AvailableEvent[]>;
  /** Groups of events that the service suggests. */
  availableTemplates(): Promise<readonly EventTemplate[]>;
}

export function webhooksOf(calls: Calls, access: Access): Webhooks {
  const meant = (webhookId: string, etag: string | null | undefined) => ({
    path: { webhookId },
    ...(etag === null || etag === undefined ? {} : { header: { "if-match": etag } }),
  });
  const get = async (id: string): Promise<Webhook> => {
    const answer = await calls.GET("/cpaas/webhooks/{webhookId}", { params: { path: { webhookId: id } } });
    return webhookOf(given(answer, access, "id"), answer.response);
  };
  return {
    get,
    list: async (options = {}) => {
      const answer = await calls.GET("/cpaas/webhooks", { params: { query: options } });
      return listed(answer, access).map((raw) => webhookOf(raw));
    },
    create: async (input) => {
      const answer = await calls.POST("/cpaas/webhooks", { body: input });
      return webhookOf(given(answer, access, "id"), answer.response);
    },
    update: async (id, fields, { ifMatch } = {}) => {
      const now = await get(id);
      const body = { ...inputOf(now), ...fields };
      const answer = await calls.PUT("/cpaas/webhooks/{webhookId}", {
        params: meant(id, ifMatch ?? now.etag),
        body,
      });
      return webhookOf(given(answer, access, "id"), answer.response);
    },
    remove: async (id, { ifMatch } = {}) => {
      await calls.DELETE("/cpaas/webhooks/{webhookId}", { params: meant(id, ifMatch) });
    },
    availableEvents: async () => listed(await calls.GET("/cpaas/webhooks/availableevents"), access),
    availableTemplates: async () => listed(await calls.GET("/cpaas/webhooks/availabletemplates"), access),
  };
}

function webhookOf(raw: Schemas["WebhookConfiguration"], response?: Response): Webhook {
  return { ...inputOf(raw), id: raw.id ?? "", ...auditOf(raw), etag: response?.headers.get("etag") ?? null };
}

/** Only what may be written: the service's own fields do not belong into a replacement. */
function inputOf(raw: WebhookInput): WebhookInput {
  const { name, url, secret, subscriptions, batch, maxBatchSize, batchTimeout } = raw;
  return {
    name,
    url,
    ...(secret !== undefined && { secret }),
    ...(subscriptions !== undefined && { subscriptions }),
    ...(batch !== undefined && { batch }),
    ...(maxBatchSize !== undefined && { maxBatchSize }),
    ...(batchTimeout !== undefined && { batchTimeout }),
  };
}
