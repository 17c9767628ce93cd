import { MalformedError } from "../errors.ts";
import type { Families } from "../event/entity.ts";
import type { Unusable } from "../event/envelope.ts";
import { matchingSecret, signatureHeader, type Secret } from "../event/signature.ts";
import type { Queue } from "../queue/queue.ts";
import type { Quarantine, Refused } from "./quarantine.ts";
import { queueEvents } from "./queue-events.ts";

export interface RecheckParts {
  readonly quarantine: Quarantine;
  readonly queue: Queue;
  readonly families: Families;
  readonly secrets: () => readonly Secret[];
  /** Told which secret gave the signature of a request that was refused for it and is accepted now. */
  readonly onVerified: (name: string) => void;
  readonly newCopy: () => string;
}

/**
 * Requests that are looked at side by side: a server may need as long to confirm the events of one as those of many.
 * Their bodies have these bytes in all, or it is a single one.
 */
const mostAtOnce = 100;
const mostBytesAtOnce = 4 * 1_024 * 1_024;

/**
 * Checks every kept request again, from the oldest on: what was refused for a secret that is active now, or for a form
 * that this version can read, goes to the queue and leaves the quarantine. In this order, since a crash in between then
 * leaves a repeat, which will be known as a duplicate, and never a gap.
 */
export async function recheck(parts: RecheckParts): Promise<{ checked: number; accepted: number }> {
  const ids = await parts.quarantine.ids();
  let accepted = 0;
  for await (const requests of several(parts.quarantine, ids)) {
    // Each puts its first events into the queue before the next one begins, so they keep their order.
    const looks = await Promise.allSettled(requests.map(([, request]) => secondLook(parts, request)));
    for (const [place, [id, request]] of requests.entries()) {
      const look = looks[place];
      if (look?.status !== "fulfilled" || look.value === undefined) continue;
      if (look.value.length > 0) {
        await parts.quarantine.add(look.value.map((part) => ({ ...request, kind: "unusable", ...part })));
      }
      await parts.quarantine.remove(id);
      accepted += 1;
    }
    const failed = looks.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }
  return { checked: ids.length, accepted };
}

/** The requests with these ids, as many at a time as may be looked at side by side. */
async function* several(
  quarantine: Quarantine,
  ids: readonly string[],
): AsyncGenerator<readonly (readonly [id: string, request: Refused])[]> {
  let some: (readonly [string, Refused])[] = [];
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
 * Puts what the request holds into the queue, if it may be accepted now.
 *
 * @returns what of it is still unusable; undefined if it stays as it is
 */
async function secondLook(parts: RecheckParts, request: Refused): Promise<readonly Unusable[] | undefined> {
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
