/**
 * A client of the sender's REST API: registrations, messages, counts; for the service and for a sandbox.
 *
 * @module
 */
export {
  createClient,
  type AnalyticsQuery,
  type ClientOptions,
  type HistoryQuery,
  type MessageAnalytics,
  type MessageHistoryEntry,
  type SenderClient,
} from "./create-client.ts";
export type { Credentials } from "./access.ts";
export type { Account } from "./account.ts";
export type { Audit } from "./audit.ts";
export type { BatchItem, MessageInput, Messages, MessageStatus, SentMessage } from "./messages.ts";
export type { ClientWorld, SenderFetch } from "./transport.ts";
export type { AvailableEvent, Change, EventTemplate, Webhook, WebhookInput, Webhooks } from "./webhooks.ts";
export {
  type RefusedPlace,
  SenderCredentialsError,
  SenderError,
  SenderForbiddenError,
  SenderNotFoundError,
  SenderRateLimitedError,
  SenderRefusedError,
  SenderStaleError,
  SenderUnavailableError,
  SenderWrongRegionError,
} from "./errors.ts";
