import { sleep } from "../lib/async/sleep.ts";
import { type Log, silentLog } from "../log.ts";
import type { paths } from "../sender-api/management-api.ts";
import { accessOf, accountHost, type Credentials } from "./access.ts";
import { type Account, accountOf } from "./account.ts";
import { callsOf, listed, type Schemas } from "./calls.ts";
import { SenderError } from "./errors.ts";
import { type Messages, messagesOf } from "./messages.ts";
import { type ClientWorld, createTransport, type SenderFetch } from "./transport.ts";
import { type Webhooks, webhooksOf } from "./webhooks.ts";

/** What `createClient` takes: credentials, where the service is, and what a test replaces. */
export interface ClientOptions extends Credentials {
  /**
   * Base URL of the service, or of a sandbox. Default: `https://api.comapi.com` with a token,
   * `https://r1-api.dotdigital.com` with a user and a password.
   */
  readonly api?: string | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: SenderFetch | undefined;
  /** How long an answer may take, in ms. Default 121,000: the service's calls may take so long. */
  readonly timeoutMs?: number | undefined;
  /** Told of repeated requests. Default: says nothing. */
  readonly log?: Log | undefined;
  /** Clock, randomness and waiting, for tests. */
  readonly world?: ClientWorld | undefined;
}

/** A span of time and how it is cut; `by: ["hour"]` gives a row an hour. */
export type AnalyticsQuery = paths["/cpaas/analytics/messages"]["get"]["parameters"]["query"];
/** Which messages of a profile are wanted, and how many. */
export type HistoryQuery = NonNullable<
  paths["/cpaas/profiles/{profileId}/messages"]["get"]["parameters"]["query"]
>;
/** Counts of one period: what was attempted, and how many messages of each channel got each status. */
export type MessageAnalytics = Schemas["MessageAnalytics"];
/** A message of a profile, in either direction. */
export type MessageHistoryEntry = Schemas["MessageHistoryEntry"];

/** The sender's REST API. Every call throws a `SenderError` with a stable `code` if it does not succeed. */
export interface SenderClient {
  /** Base URL that is asked. */
  readonly api: string;
  readonly webhooks: Webhooks;
  readonly messages: Messages;
  readonly analytics: {
    /** Counts of messages in each period: `from` (included) and `to` (not included) are ISO 8601 in UTC. */
    messages(query: AnalyticsQuery): Promise<readonly MessageAnalytics[]>;
  };
  readonly profiles: {
    /** Messages of a profile, newest first: the only way to find an inbound message that was missed. */
    messages(profileId: string, query?: HistoryQuery): Promise<readonly MessageHistoryEntry[]>;
  };
  /** The account, and the host of its region. Needs a user and a password. */
  account(): Promise<Account>;
}

const defaultTimeoutMs = 121_000;
const realWorld: ClientWorld = { now: Date.now, random: Math.random, sleep };

/**
 * A client of the sender's REST API: of the service, or of a sandbox by the same code. A token means the form with an
 * API Space (`/apispaces/{id}/…`), a user and a password the form of a region (`/cpaas/…`).
 *
 * @throws {ConfigError} if credentials are missing or contradict each other
 * @example
 * ```ts
 * import { createClient } from "hookwell/client";
 *
 * const client = createClient({
 *   api: "http://127.0.0.1:4010",
 *   token: "sandbox-token",
 *   apiSpaceId: "00000000-0000-4000-8000-000000000001",
 * });
 * const webhooks = await client.webhooks.list();
 * ```
 */
export function createClient(options: ClientOptions): SenderClient {
  const access = accessOf(options, options.api);
  const { authorization } = access;
  const fetch: SenderFetch = options.fetch ?? ((request, init) => globalThis.fetch(request, init));
  const { timeoutMs = defaultTimeoutMs, log = silentLog, world = realWorld } = options;
  const transport = { authorization, fetch, timeoutMs, log, world };
  const host = accountHost(access);
  const account = (): Promise<Account> => {
    const there = { ...access, api: host ?? access.api };
    return accountOf(
      callsOf(there, createTransport({ ...transport, where: there.api, findHost: async () => undefined })),
      there,
    );
  };
  const findHost = async (): Promise<string | undefined> => {
    if (host === undefined) return undefined;
    try {
      const { host: right } = await account();
      return right === access.api ? undefined : (right ?? undefined);
    } catch (error) {
      if (error instanceof SenderError) return undefined;
      throw error;
    }
  };
  const calls = callsOf(access, createTransport({ ...transport, where: access.api, findHost }));
  return {
    api: access.api,
    webhooks: webhooksOf(calls, access),
    messages: messagesOf(calls, access),
    analytics: {
      messages: async (query) =>
        listed(await calls.GET("/cpaas/analytics/messages", { params: { query } }), access),
    },
    profiles: {
      messages: async (profileId, query = {}) => {
        const params = { path: { profileId }, query };
        return listed(await calls.GET("/cpaas/profiles/{profileId}/messages", { params }), access);
      },
    },
    account,
  };
}
