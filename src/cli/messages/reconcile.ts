import type { EntityResponse, EventRecord, QueuedResponse } from "../../api/contract.ts";
import { SenderForbiddenError, SenderNotFoundError, SenderRefusedError } from "../../client/index.ts";
import type { MessageAnalytics, SenderClient, SentMessage } from "../../client/index.ts";
import { HookwellError } from "../../errors.ts";
import { counted } from "../../lib/amounts.ts";
import type { ApiClient } from "../client/api-client.ts";
import { items } from "../client/pages.ts";
import { CommandError } from "../failure.ts";
import { type HourDifference, hourOf, HourTally } from "./hours.ts";
import { isFinished, type Missed, missedOf } from "./missed.ts";
import { unfinished } from "./unfinished.ts";

export interface ReconcileOptions {
  /** Our side. */
  readonly ledger: Pick<ApiClient, "get" | "post">;
  /** The sender's side. */
  readonly sender: Pick<SenderClient, "messages" | "analytics">;
  /** Events received since then are looked at, from the beginning of that hour; ms since 1970. */
  readonly since: number;
  /** Ms since 1970. */
  readonly now: number;
  /** Whether to queue what was missed. */
  readonly apply: boolean;
  /** Told of what was missed, some at a time, with `apply` once they are queued. */
  readonly onMissed: (missed: readonly Missed[]) => Promise<void> | void;
}

/** How far it is; grows while it runs. */
export interface Reconciled {
  /** Events of messages that the ledger has. */
  events: number;
  /** Messages without a final status of which the sender was asked. */
  asked: number;
  missed: number;
  queued: number;
  /** Messages that the sender does not know. */
  unknown: number;
  /** Hours with other counts; null if the sender does not count for this account. */
  hours: readonly HourDifference[] | null;
}

/** Messages that are asked for at the same time. */
const askedAtOnce = 16;

/**
 * Compares the ledger with what the sender's API tells. Its memory does not grow with the number of events.
 *
 * @param so is filled on the way
 * @throws {SenderError | CommandError} if a side does not answer; says how many were queued before, if any
 */
export async function reconcile(options: ReconcileOptions, so: Reconciled): Promise<void> {
  try {
    // First: a service that is away shows before anything was queued.
    const analytics = await analyticsOf(options);
    const tally = new HourTally({ since: hourOf(options.since), until: options.now });
    const onEvent = (event: EventRecord): void => {
      so.events += 1;
      tally.add(event);
    };
    for await (const group of groups(unfinished(eventsOf(options), onEvent))) {
      const missed = (await Promise.all(group.map((id) => lookAt(id, options, so)))).flatMap(
        (one) => one ?? [],
      );
      so.missed += missed.length;
      if (options.apply) so.queued += await queue(missed, options);
      if (missed.length > 0) await options.onMissed(missed);
    }
    so.hours = analytics === null ? null : tally.differences(analytics);
  } catch (error) {
    if (so.queued === 0 || !(error instanceof HookwellError)) throw error;
    throw new CommandError(
      `${error.message} ${counted(so.queued, "synthetic event")} had been queued; the same command goes on with the others.`,
      { cause: error },
    );
  }
}

/** Newest first, so that those which come meanwhile are not among them. */
function eventsOf({ ledger, since }: ReconcileOptions): AsyncIterable<EventRecord> {
  const query = { name: "message.*", since: new Date(hourOf(since)).toISOString() };
  return items<EventRecord>(ledger, "/api/v1/events", query, Number.MAX_SAFE_INTEGER);
}

/** Null if the sender does not let this account see them. */
async function analyticsOf({
  sender,
  since,
  now,
}: ReconcileOptions): Promise<readonly MessageAnalytics[] | null> {
  const [from, to] = [hourOf(since), now].map((ms) => new Date(ms).toISOString());
  try {
    return await sender.analytics.messages({ from: from ?? "", to: to ?? "", by: ["hour"] });
  } catch (error) {
    const refusals = [SenderForbiddenError, SenderNotFoundError, SenderRefusedError];
    if (refusals.some((refusal) => error instanceof refusal)) return null;
    throw error;
  }
}

async function lookAt(
  messageId: string,
  { ledger, sender, now }: ReconcileOptions,
  so: Reconciled,
): Promise<Missed | undefined> {
  const entity = `/api/v1/entities/${encodeURIComponent(`message:${messageId}`)}`;
  const { events } = await ledger.get<EntityResponse>(entity);
  if (isFinished(events)) return undefined;
  const told = await toldOf(messageId, sender);
  so.asked += 1;
  if (told === undefined) so.unknown += 1;
  return told && missedOf(events, told, now);
}

async function toldOf(
  messageId: string,
  { messages }: Pick<SenderClient, "messages">,
): Promise<SentMessage | undefined> {
  try {
    return await messages.get(messageId);
  } catch (error) {
    if (error instanceof SenderNotFoundError) return undefined;
    throw error;
  }
}

async function queue(missed: readonly Missed[], { ledger }: ReconcileOptions): Promise<number> {
  if (missed.length === 0) return 0;
  const body = missed.map(({ status }) => status);
  return (await ledger.post<QueuedResponse>("/api/v1/events", body)).queued;
}

async function* groups(ids: AsyncIterable<string>): AsyncIterable<readonly string[]> {
  let group: string[] = [];
  for await (const id of ids) {
    group.push(id);
    if (group.length < askedAtOnce) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
