import { freshEvent, lifeOf } from "../../src/sandbox/fresh-event.ts";
import { below, oneIn, pick } from "../../src/testing/random.ts";

/** An event and its exact bytes in the body that carries it. */
export interface PlannedEvent {
  readonly eventId: string;
  readonly entity: string;
  readonly revision: number | null;
  readonly text: string;
}

/** A body as the sender would post it, and what is in it. */
export interface PlannedDelivery {
  readonly body: string;
  readonly events: readonly PlannedEvent[];
}

export interface PlanOptions {
  readonly random: () => number;
  /** Messages, each with the events sent, delivered and read. */
  readonly messages: number;
  /** Events without a revision on top. */
  readonly others?: number;
  /** About one event in so many is repeated. */
  readonly repeatOneIn: number;
  /** Events of a batch at most; about every third delivery is a single event. */
  readonly mostInBatch: number;
}

/** Lives of messages as a sender in trouble tells them: shuffled, repeated, single and in batches. */
export function planDeliveries(options: PlanOptions): readonly PlannedDelivery[] {
  const { random, messages, others = 0, repeatOneIn, mostInBatch } = options;
  const world = { random, now: Date.now };
  const lives = Array.from({ length: messages }, (_, index) => `message-${index}`).flatMap((id) =>
    lifeOf(id, world).map((event) => planned(event, `message:${id}`, random)),
  );
  const clicks = Array.from({ length: others }, (_, index) => {
    const event = freshEvent("interaction.click", { ...world, entityId: `click-${index}` });
    return planned(event, `interaction:click-${index}`, random);
  });
  const once = [...lives, ...clicks];
  const repeats = once.filter(() => oneIn(random, repeatOneIn));
  return batched(shuffled([...once, ...repeats], random), mostInBatch, random);
}

export function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function planned(
  event: { readonly eventId: string; readonly revision?: number },
  entity: string,
  random: () => number,
): PlannedEvent {
  const { eventId, revision = null } = event;
  // White space is the sender's own affair, and must come through.
  return { eventId, entity, revision, text: JSON.stringify(event, null, pick(random, [0, 2, "\t"])) };
}

function batched(
  events: readonly PlannedEvent[],
  most: number,
  random: () => number,
): readonly PlannedDelivery[] {
  const deliveries: PlannedDelivery[] = [];
  let from = 0;
  while (from < events.length) {
    const isSingle = oneIn(random, 3);
    const part = events.slice(from, from + (isSingle ? 1 : 1 + below(random, most)));
    const texts = part.map(({ text }) => text);
    deliveries.push({ body: isSingle ? (texts[0] ?? "") : `[${texts.join(", ")}]`, events: part });
    from += part.length;
  }
  return deliveries;
}
