import { describe, expect, test } from "vitest";
import { Families } from "../../event/entity.ts";
import { knownEventNames } from "../../event/names.ts";
import { seededRandom } from "../../lib/random.ts";
import { checkEvent } from "../../schema/check-event.ts";
import { etagFamilies, etagOf } from "../etag.ts";
import type { SampleEvent } from "../samples.ts";
import { channelIds } from "./channels.ts";
import type { LifeStep } from "./life.ts";
import { lives, type LifeKind } from "./lives.ts";
import { messageLife } from "./message.ts";
import { always, defaultScript, type MessageOutcome } from "./message-script.ts";

const families = new Families();
const start = Date.UTC(2026, 5, 1);
const world = (seed = 1) => ({ random: seededRandom(seed), now: () => start });

const outcomes: readonly MessageOutcome[] = ["read", "delivered", "failed", "expired"];
const kinds = Object.keys(lives) as readonly LifeKind[];

/** Everything that a script can have happen to a message. */
const eventful = { ...defaultScript, sentRequest: 1, click: 1, complaint: 1, answer: 1 };
interface Case {
  readonly what: string;
  readonly live: (seed?: number) => readonly LifeStep[];
}

const cases: readonly Case[] = [
  ...channelIds.flatMap((channel) =>
    outcomes.map((outcome) => ({
      what: `a message by ${channel}, ${outcome}`,
      live: (seed?: number) => messageLife({ channel, script: always(outcome, eventful) }, world(seed)),
    })),
  ),
  ...kinds.map((kind) => ({
    what: `a ${kind}`,
    live: (seed?: number) => lives[kind]({}, world(seed)),
  })),
];

const eventsOf = (steps: readonly LifeStep[]): readonly SampleEvent[] => steps.map(({ event }) => event);

/** What the revision of an event counts: a conversation has a sequence of changes, and one of places. */
function sequenceOf(event: SampleEvent): string {
  const { entity } = families.identify(event);
  return event.name.startsWith("conversationMessage.") ? `places of ${entity}` : entity;
}

test("all known events occur in some life, and no others", () => {
  const names = new Set(cases.flatMap(({ live }) => eventsOf(live()).map(({ name }) => name)));

  expect([...names].toSorted()).toEqual([...knownEventNames].toSorted());
});

describe.each(cases)("the life of $what", ({ live }) => {
  test("has rising times, from now on", () => {
    const steps = live();

    const times = steps.map(({ event }) => Date.parse(event.timestamp));
    expect(times).toEqual(steps.map(({ afterMs }) => start + afterMs));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(start);
    expect(JSON.stringify(steps)).not.toMatch(/"2025-/);
  });

  test("has rising revisions within each sequence, and the etags that belong to them", () => {
    const events = eventsOf(live());

    const counted = events.filter(({ revision }) => revision !== undefined);
    for (const sequence of new Set(counted.map(sequenceOf))) {
      const revisions = counted
        .filter((event) => sequenceOf(event) === sequence)
        .map(({ revision }) => Number(revision));
      expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
    }
    expect(events.map(({ etag }) => etag)).toEqual(events.map(etagFor));
  });

  test("has events of their own", () => {
    const events = [...eventsOf(live(1)), ...eventsOf(live(2))];

    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
    const firsts = [live(1), live(2)].map(([step]) => step && families.identify(step.event).entity);
    expect(firsts[0]).not.toBe(firsts[1]);
  });

  test("is as the published schemas have it", () => {
    expect(eventsOf(live()).flatMap(checkEvent)).toEqual([]);
  });

  test("is the same for the same seed", () => {
    expect(JSON.stringify(live(7))).toBe(JSON.stringify(live(7)));
  });
});

function etagFor({ name, payload, revision }: SampleEvent): string | undefined {
  const [family = ""] = name.split(".");
  if (revision === undefined || !etagFamilies.includes(family)) return undefined;
  return etagOf(family, String(payload?.["id"]), revision);
}

test.each(["profile", "conversation", "chat", "presence"] as const)(
  "all events of a %s are about the same one, and the same persons",
  (kind) => {
    const events = eventsOf(lives[kind]({}, world()));

    const ids = JSON.stringify(events).match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [];
    const own = ids.filter((id) => !constant.includes(id) && !events.some(({ eventId }) => eventId === id));
    expect(new Set(own).size).toBe({ profile: 1, conversation: 3, chat: 3, presence: 1 }[kind]);
  },
);

/** Ids that are the same in all samples: the API Space, whoever deletes, a device. */
const constant = [
  "3f0c8a52-7d14-4b0e-9a63-5c1e2f7b8d90",
  "5d2c7f90-14be-4a38-9c06-e8b1d3f7a542",
  "b8d3f0a6-51c9-4e27-8a4f-60c7d2e9b135",
];

test("a message in a conversation has its place there as its revision", () => {
  const events = eventsOf(lives.conversation({}, world()));

  const places = events.flatMap(({ name }, place) =>
    name.startsWith("conversationMessage.") ? [place] : [],
  );
  const messages = events.filter(({ name }) => name.startsWith("conversationMessage."));
  expect(messages.map(({ revision }) => revision)).toEqual(places);
  expect(messages.map(({ payload }) => payload?.["conversationEventId"])).toEqual(places);
});

test.each(kinds)("a %s that ends now has its other events behind it", (kind) => {
  const events = eventsOf(lives[kind]({ endsNow: true }, world()));

  expect(events.at(-1)?.timestamp).toBe(new Date(start).toISOString());
  expect(Date.parse(events[0]?.timestamp ?? "")).toBeLessThan(start);
});

test("events belong to the account and the API Space that they are given", () => {
  const events = eventsOf(messageLife({}, { ...world(), accountId: 7, apiSpaceId: "s1" }));

  expect(new Set(events.map(({ accountId, apiSpaceId }) => `${accountId} ${apiSpaceId}`))).toEqual(
    new Set(["7 s1"]),
  );
});
