import { freshEvent } from "../../../src/sandbox/fresh-event.ts";
import { usualLife } from "../../../src/sandbox/lives/message.ts";
import { sampleNames, type SampleEvent } from "../../../src/sandbox/samples.ts";
import { below, oneIn, pick } from "../../../src/lib/random.ts";
import { hashOf, orderKeyOf } from "../program/journaling.ts";

/** An event as the sender wrote it. */
export interface SentEvent {
  readonly eventId: string;
  /** As in the journal. */
  readonly state: string;
  readonly revision: number | null;
  /** Of its exact bytes. */
  readonly hash: string;
}

/** A body as the sender posts it, and what is in it. */
export interface Delivery {
  readonly body: string;
  readonly events: readonly SentEvent[];
}

export interface Load {
  /** Messages, each with the events sent, delivered and read. */
  readonly messages: number;
  /** Events of any other name on top. */
  readonly others: number;
  /** About one event in so many is repeated. */
  readonly repeatOneIn: number;
  /** Events of an array at most; most arrays are short, and about every third delivery is a single event. */
  readonly mostInArray: number;
  /** Length of a text that is added to an event, at most. Default: 0 */
  readonly mostFiller?: number;
}

/** Events of a short array, at most. */
const usualArray = 12;

interface WrittenEvent extends SentEvent {
  readonly text: string;
}

/** The sender's clock stands still, so that a seed gives the same bytes on any day. */
const occurredAt = Date.UTC(2026, 6, 1, 12);

/** What a sender in trouble delivers: shuffled, repeated, alone and in arrays. */
export function planDeliveries(load: Load, random: () => number): readonly Delivery[] {
  const { messages, others, repeatOneIn, mostInArray, mostFiller = 0 } = load;
  const world = { random, now: () => occurredAt };
  const lives = Array.from({ length: messages }, () => usualLife({}, world)).flat();
  const further = Array.from({ length: others }, () => freshEvent(pick(random, sampleNames) ?? "", world));
  const once = [...lives, ...further].map((event) => written(event, mostFiller, random));
  const repeats = once.filter(() => oneIn(random, repeatOneIn));
  return packed(shuffled([...once, ...repeats], random), mostInArray, random);
}

export function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function written(event: SampleEvent, mostFiller: number, random: () => number): WrittenEvent {
  const { eventId, revision = null } = event;
  const filled = mostFiller === 0 ? event : { ...event, filler: "ä".repeat(below(random, mostFiller / 2)) };
  // White space is the sender's own affair, and must come through.
  const text = JSON.stringify(filled, null, pick(random, [0, 2, "\t"]));
  return { eventId, state: orderKeyOf(event), revision, hash: hashOf(Buffer.from(text)), text };
}

function packed(events: readonly WrittenEvent[], most: number, random: () => number): readonly Delivery[] {
  const deliveries: Delivery[] = [];
  let from = 0;
  while (from < events.length) {
    const alone = oneIn(random, 3);
    const atMost = oneIn(random, 12) ? most : Math.min(most, usualArray);
    const part = events.slice(from, from + (alone ? 1 : 1 + below(random, atMost)));
    const texts = part.map(({ text }) => text);
    deliveries.push({ body: alone ? (texts[0] ?? "") : `[${texts.join(", ")}]`, events: part });
    from += part.length;
  }
  return deliveries;
}
