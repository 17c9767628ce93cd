import { setImmediate } from "node:timers/promises";
import { EventTooLargeError, MalformedError } from "../errors.ts";
import type { Families } from "../event/entity.ts";
import type { Unusable } from "../event/envelope.ts";
import type { Message } from "../event/message.ts";
import { matchingSecret, signatureHeader, type Secret } from "../event/signature.ts";
import type { Queue } from "../queue/queue.ts";
import type { Quarantine, Refused } from "./quarantine.ts";
import { queueEvents } from "./queue-events.ts";

export interface RecheckParts {
  readonly quarantine: Quarantine;
  readonly queue: Pick<Queue, "put">;
  readonly families: Families;
  readonly secrets: () => readonly Secret[];
  /** Told which secret gave the signature of a request that was refused for it and is accepted now. */
  readonly onVerified: (name: string) => void;
  readonly newCopy: () => string;
}

type Kept = readonly [id: string, request: Refused];
/** What of a request is still unusable; undefined if it stays as it is. */
type Look = readonly Unusable[] | undefined;

/**
 * Requests whose events go to the queue as one list: a server may need as long to confirm one event as many. Their bodies
 * have these bytes in all, or it is a single one.
 */
const mostAtOnce = 100;
const mostBytesAtOnce = 4 * 1_024 * 1_024;
/** More events than this go to the queue request by request: a server must take a list in good time. */
const mostEventsAtOnce = 5_000;

/**
 * Checks every kept request again, from the oldest on: what was refused for a secret that is active now, or for a form
 * that this version can read, goes to the queue and leaves the quarantine. In this order, since a crash in between then
 * leaves a repeat, which will be known as a duplicate, and never a gap.
 */
export async function recheck(parts: RecheckParts): Promise<{ checked: number; accepted: number }> {
  const ids = await parts.quarantine.ids();
  const tooLarge: EventTooLargeError[] = [];
  let accepted = 0;
  for await (const requests of several(parts.quarantine, ids)) {
    // A single one may be large: its events go to the queue part by part.
    const looks = requests.length > 1 ? await lookTogether(parts, requests) : undefined;
    if (looks !== undefined) accepted += await leave(parts, requests, looks);
    else {
      for (const one of requests) {
        const look = await unlessTooLarge(secondLook(parts, one[1]), tooLarge);
        accepted += await leave(parts, [one], [look]);
      }
    }
  }
  if (tooLarge[0] !== undefined) throw tooLarge[0];
  return { checked: ids.length, accepted };
}

/**
 * Takes from the quarantine what the queue has by now, but for its unusable parts; all at once, since each change of the
 * file is flushed to the disk.
 *
 * @returns how many requests
 */
async function leave(
  { quarantine }: RecheckParts,
  requests: readonly Kept[],
  looks: readonly Look[],
): Promise<number> {
  const accepted = requests.flatMap(([id, request], place) => {
    const unusable = looks[place];
    return unusable === undefined ? [] : [{ id, parts: unusable.map((part) => partOf(request, part)) }];
  });
  await Promise.all(
    accepted.map(({ id, parts }) =>
      parts.length === 0 ? quarantine.remove(id) : quarantine.replace(id, parts),
    ),
  );
  return accepted.length;
}

const partOf = (request: Refused, part: Unusable): Refused => ({ ...request, kind: "unusable", ...part });

/** What can never be queued, as the limits are, stays, and keeps no others from being accepted. */
async function unlessTooLarge(look: Promise<Look>, tooLarge: EventTooLargeError[]): Promise<Look> {
  try {
    return await look;
  } catch (error) {
    if (!(error instanceof EventTooLargeError)) throw error;
    tooLarge.push(error);
    return undefined;
  }
}

/** The requests with these ids, as many at a time as go to the queue together. */
async function* several(quarantine: Quarantine, ids: readonly string[]): AsyncGenerator<readonly Kept[]> {
  let some: Kept[] = [];
  let bytes = 0;
  for (const id of ids) {
    const request = await quarantine.get(id);
    // Another check may have taken it meanwhile.
    if (request === undefined) continue;
    if (some.length >= mostAtOnce || (some.length > 0 && bytes + request.body.length > mostBytesAtOnce)) {
      yield some;
      some = [];
      bytes = 0;
    }
    some.push([id, request]);
    bytes += request.body.length;
  }
  yield some;
}

/**
 * Has a second look at each; their events go to the queue in one call, in this order.
 *
 * @returns undefined if they are too many, or the queue does not take them together
 */
async function lookTogether(
  parts: RecheckParts,
  requests: readonly Kept[],
): Promise<readonly Look[] | undefined> {
  const messages: Message[] = [];
  const verified: string[] = [];
  const collecting: RecheckParts = {
    ...parts,
    queue: {
      put: async (some) => {
        messages.push(...some);
        // Parsing is all that happens here, so others get their turn in between.
        await setImmediate();
      },
    },
    onVerified: (name) => void verified.push(name),
  };
  const looks: Look[] = [];
  for (const [, request] of requests) {
    looks.push(await secondLook(collecting, request));
    if (messages.length > mostEventsAtOnce) return undefined;
  }
  try {
    if (messages.length > 0) await parts.queue.put(messages);
  } catch {
    // Why, is told by the one of them that is not taken by itself either.
    return undefined;
  }
  for (const name of verified) parts.onVerified(name);
  return looks;
}

/**
 * Puts what the request holds into the queue, if it may be accepted now.
 */
async function secondLook(parts: RecheckParts, request: Refused): Promise<Look> {
  // An unusable part has no signature of its own; the request that it was cut from was verified.
  const isPart = request.kind === "unusable";
  const secret = isPart
    ? undefined
    : matchingSecret(request.body, request.headers[signatureHeader], parts.secrets());
  if (!isPart && secret === undefined) return undefined;
  try {
    const { count, unusable } = await queueEvents(parts, request.body, request.receivedAt);
    // Requests of other kinds were verified, and their secret counted, when they came.
    if (request.kind === "mismatch" && secret !== undefined) parts.onVerified(secret.name);
    return count > 0 || !isPart ? unusable : undefined;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
