import { randomUUID } from "node:crypto";
import { usualLife } from "../../src/sandbox/lives/message.ts";
import type { Job } from "./job.ts";

type Target = Pick<Job, "path" | "batch" | "signing">;

/** A whole HTTP request as bytes, and the places in it that change each time it is sent. */
export interface Draft {
  readonly bytes: Buffer;
  readonly signatureAt: number;
  readonly bodyAt: number;
  readonly events: readonly DraftEvent[];
}

export interface DraftEvent {
  readonly idAt: number;
  /** Everywhere the id of the message is. */
  readonly messageAt: readonly number[];
  /** Whether a new message begins with this event. */
  readonly first: boolean;
}

/**
 * The requests that a connection sends in turn: of single events three, the life of a message (sent, delivered, read);
 * else one with an array of `batch` events, lives one after the other, of which the last may be cut.
 */
export function draftsOf(target: Target): readonly Draft[] {
  const { batch } = target;
  if (batch === 1) return lifeTexts().map((text, stage) => draft(text, [{ text, stage, at: 0 }], target));
  const texts = Array.from({ length: Math.ceil(batch / 3) }, lifeTexts)
    .flat()
    .slice(0, batch);
  let at = 1;
  const places = texts.map((text, index) => {
    const place = { text, stage: index % 3, at };
    at += text.length + 1;
    return place;
  });
  return [draft(`[${texts.join(",")}]`, places, target)];
}

/** Events in ASCII, so that a place in the text is a place in the bytes. */
function lifeTexts(): readonly string[] {
  return usualLife({ id: randomUUID() }, { random: Math.random, now: Date.now }).map((event) =>
    JSON.stringify(event),
  );
}

interface Place {
  readonly text: string;
  readonly stage: number;
  /** Where the event begins in the body. */
  readonly at: number;
}

function draft(body: string, places: readonly Place[], { path, signing }: Target): Draft {
  const digits = "0".repeat(signing.algorithm === "sha1" ? 40 : 64);
  const upToSignature =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: hookwell-bench\r\n` +
    `content-type: application/json\r\ncontent-length: ${body.length}\r\n${signing.header}: ${signing.prefix}`;
  const head = `${upToSignature}${digits}\r\n\r\n`;
  return {
    bytes: Buffer.from(head + body, "latin1"),
    signatureAt: upToSignature.length,
    bodyAt: head.length,
    events: places.map((place) => toDraftEvent(place, head.length)),
  };
}

function toDraftEvent({ text, stage, at }: Place, bodyAt: number): DraftEvent {
  const { eventId, payload } = JSON.parse(text) as { eventId: string; payload: { id: string } };
  const [idAt = 0] = placesOf(eventId, text);
  return {
    idAt: bodyAt + at + idAt,
    messageAt: placesOf(payload.id, text).map((place) => bodyAt + at + place),
    first: stage === 0,
  };
}

function placesOf(part: string, text: string): readonly number[] {
  const places: number[] = [];
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) places.push(at);
  return places;
}
