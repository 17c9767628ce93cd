import { MalformedError } from "../errors.ts";
import type { Families } from "../event/entity.ts";
import { parseBatch, type Batch } from "../event/envelope.ts";
import { matchingSecret, type Secret } from "../event/signature.ts";
import type { Queue } from "../queue/queue.ts";
import type { Quarantine, Refused } from "./quarantine.ts";
import { signatureOf } from "./request.ts";

export interface RecheckParts {
  readonly quarantine: Quarantine;
  readonly queue: Queue;
  readonly families: Families;
  readonly secrets: () => readonly Secret[];
  readonly newCopy: () => string;
}

/**
 * Checks every kept request again, from the oldest on: what was refused for a secret that is active now, or for a form
 * that this version can read, goes to the queue and leaves the quarantine. In this order, so that a crash in between
 * leaves a repeat, which is known as a duplicate, and never a gap.
 */
export async function recheck(parts: RecheckParts): Promise<{ checked: number; accepted: number }> {
  const ids = await parts.quarantine.ids();
  let accepted = 0;
  for (const id of ids) {
    const request = await parts.quarantine.get(id);
    const batch = request === undefined ? undefined : secondLook(parts, request);
    if (request === undefined || batch === undefined) continue;
    const messages = batch.envelopes.map((envelope) => ({
      ...envelope,
      receivedAt: request.receivedAt,
      copy: parts.newCopy(),
      replay: false,
    }));
    if (messages.length > 0) await parts.queue.put(messages);
    if (batch.unusable.length > 0) {
      const kept = batch.unusable.map((part) => ({ ...request, kind: "unusable" as const, ...part }));
      await parts.quarantine.add(kept);
    }
    await parts.quarantine.remove(id);
    accepted += 1;
  }
  return { checked: ids.length, accepted };
}

/** What the request holds, if it may be accepted now. */
function secondLook({ secrets, families }: RecheckParts, request: Refused): Batch | undefined {
  // An unusable part has no signature of its own; the request that it was cut from was verified.
  const verified =
    request.kind === "unusable" ||
    matchingSecret(request.body, signatureOf(request.headers), secrets()) !== undefined;
  if (!verified) return undefined;
  try {
    const batch = parseBatch(request.body, families);
    return batch.envelopes.length > 0 || request.kind !== "unusable" ? batch : undefined;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
