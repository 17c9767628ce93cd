import { matches } from "../../event/pattern.ts";
import type { FreshWorld } from "../../sandbox/fresh-event.ts";
import { lives, type LifeKind } from "../../sandbox/lives/lives.ts";
import { usualLife } from "../../sandbox/lives/message.ts";
import { channelIn, eventLike, override, type Overrides } from "../../sandbox/lives/override.ts";
import { type SampleEvent, sampleNames } from "../../sandbox/samples.ts";

export interface EventStreamOptions extends FreshWorld {
  /** Names and patterns; without any, whole lives. */
  readonly names: readonly string[];
  /** Whose lives. */
  readonly life: LifeKind;
  /** What is to be different in each event. */
  readonly set: Overrides;
  /** How many different events. */
  readonly count: number;
  /** In a random order, mixed over about a thousand events. */
  readonly shuffle: boolean;
  /** Share of the events that come a second time, from 0 to 1. */
  readonly duplicate: number;
}

/** How far shuffled events and repeats may be from their place. */
const mixedOver = 1_000;

/** JSON texts of events to send, one by one, so that any number costs no memory. */
export function eventStream(options: EventStreamOptions): Iterable<string> {
  const events = withRepeats(freshEvents(options), options);
  return options.shuffle ? shuffled(events, options.random) : events;
}

/** A repeat comes some events later, as it does when an answer was lost. */
function* withRepeats(
  events: Iterable<string>,
  { random, duplicate }: Pick<EventStreamOptions, "random" | "duplicate">,
): Iterable<string> {
  const repeats: string[] = [];
  for (const event of events) {
    const comesAgain = random() < duplicate;
    yield event;
    if (repeats.length > mixedOver || (repeats.length > 0 && random() < 0.3)) yield takeAny(repeats, random);
    if (comesAgain) repeats.push(event);
  }
  while (repeats.length > 0) yield takeAny(repeats, random);
}

function* shuffled(events: Iterable<string>, random: () => number): Iterable<string> {
  const waiting: string[] = [];
  for (const event of events) {
    waiting.push(event);
    if (waiting.length > mixedOver) yield takeAny(waiting, random);
  }
  while (waiting.length > 0) yield takeAny(waiting, random);
}

/** The known names that a list of names and patterns means; names that nobody knows stay as they are. */
export function expandNames(given: readonly string[]): readonly string[] {
  return given.flatMap((name) =>
    name.endsWith("*") ? sampleNames.filter((known) => matches(name, known)) : [name],
  );
}

function* freshEvents(options: EventStreamOptions): Iterable<string> {
  const names = expandNames(options.names);
  let sent = 0;
  while (sent < options.count) {
    const events =
      names.length === 0 ? wholeLife(options) : names.map((name) => eventLike(name, options.set, options));
    for (const event of events.slice(0, options.count - sent)) {
      sent += 1;
      yield JSON.stringify(event);
    }
  }
}

type LifeOptions = Pick<EventStreamOptions, "life" | "set" | "random" | "now">;

/** A life that has just ended. */
function wholeLife({ life, set, random, now }: LifeOptions): readonly SampleEvent[] {
  const world = { random, now };
  const channel = channelIn(set);
  const events =
    life === "message"
      ? usualLife(channel === undefined ? {} : { channel }, world)
      : lives[life]({ endsNow: true }, world).map(({ event }) => event);
  return events.map((event) => override(event, set));
}

/** How many events there are in one life of this kind. */
export const eventsInLife = (life: LifeKind): number =>
  wholeLife({ life, set: {}, random: () => 0, now: () => 0 }).length;

function takeAny(from: string[], random: () => number): string {
  const at = Math.floor(random() * from.length);
  const taken = from[at] ?? "";
  from[at] = from.at(-1) ?? "";
  from.pop();
  return taken;
}
