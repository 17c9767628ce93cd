/**
 * Hookwell receives the webhooks of the Enterprise Communications API: genuine, durable before 2xx, deduplicated, in
 * order, retried, visible.
 *
 * @module
 */
import "./needs-node.ts";
export { createReceiver, type Receiver, type ReceiverOptions } from "./create-receiver.ts";
export { defineConfig, type UserConfig } from "./config/define-config.ts";
export { sign, signatureHeader, verify, type Secret } from "./event/signature.ts";
export type { Handler, HandlerContext, Handlers } from "./process/handlers.ts";
export { NonRetryableError } from "./process/non-retryable-error.ts";
export type { Transaction } from "./ledger/transaction.ts";
export type { HookwellEvent, NameOf, PayloadOf } from "./event/typed-event.ts";
export { knownEventNames, type EventPattern, type KnownEventName } from "./event/names.ts";
export type { OpenRecord, PayloadMap } from "./event/payloads.ts";
export type { FamilyRule, FamilyTable } from "./event/entity.ts";
export { jsonLog, silentLog, type Log, type LogFields, type LogLevel } from "./log.ts";
export {
  ClosedError,
  ConfigError,
  DataInUseError,
  DataUnusableError,
  DataVersionError,
  EventsRefusedError,
  EventTooLargeError,
  HookwellError,
  LedgerUnavailableError,
  MalformedError,
  QuarantineUnavailableError,
  QueueUnavailableError,
} from "./errors.ts";
