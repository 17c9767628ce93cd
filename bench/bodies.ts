import { randomUUID } from "node:crypto";
import { sign } from "../src/event/signature.ts";
import { freshEvent } from "../src/sandbox/fresh-event.ts";

export interface SignedBody {
  readonly body: Buffer;
  readonly signature: string;
}

/** An event as bytes, about 740 of them, with ids that no other event has. */
export function eventText(name = "message.delivered", entityId: string = randomUUID(), revision = 3): string {
  return JSON.stringify(freshEvent(name, { random: Math.random, now: Date.now, entityId, revision }));
}

/** Bodies of `batch` events each; 1 means a single object. Signed beforehand, so that signing costs no time later. */
export function signedBodies(count: number, batch: number, secret: string): readonly SignedBody[] {
  return Array.from({ length: count }, () => {
    const events = Array.from({ length: batch }, () => eventText());
    const body = Buffer.from(batch === 1 ? (events[0] ?? "") : `[${events.join(",")}]`);
    return { body, signature: sign(body, secret) };
  });
}
