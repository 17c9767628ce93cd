import { expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import type { SampleEvent } from "../../src/sandbox/samples.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { startTestApp } from "../support/program/app.ts";
import type { Client } from "../support/program/client.ts";

test.concurrent("a state that hangs holds back only itself", async () => {
  const hanging = Promise.withResolvers<void>();
  await using app = await startTestApp({
    env: { HOOKWELL_CONCURRENCY: "2" },
    handlers: { "*": ({ entity }) => (entity === "message:stuck" ? hanging.promise : undefined) },
  });
  const others = Array.from({ length: 200 }, (_, index) => read(`free-${index}`));

  await app.send([read("stuck", 3), read("stuck", 4), ...others]);

  await eventually(() => expect(app.handled.length).toBe(200));
  hanging.resolve();
  await app.settled();
  expect(app.handled.slice(200).map(({ revision }) => revision)).toEqual([3, 4]);
});

test.concurrent("a state that fails again and again holds back only itself, and its older event not at all", async () => {
  let isBroken = true;
  await using app = await startTestApp({
    env: { HOOKWELL_CONCURRENCY: "2", HOOKWELL_MAX_ATTEMPTS: "1000" },
    handlers: {
      "message.read": ({ entity }) => {
        if (entity === "message:broken" && isBroken) throw new Error("Not yet.");
      },
      "*": () => undefined,
    },
  });
  const newer = read("broken", 4);
  const older = freshEvent("message.delivered", { ...world, entityId: "broken", revision: 3 });

  await app.send(newer);
  await eventually(async () => expect((await app.event(newer.eventId))?.status).toBe("retrying"));
  await app.send([older, ...Array.from({ length: 50 }, (_, index) => read(`free-${index}`))]);
  await eventually(() => expect(app.handled.length).toBe(51));
  isBroken = false;
  await app.settled();

  expect(app.handled.map(({ eventId }) => eventId)).toContain(older.eventId);
  expect(app.handled.at(-1)?.eventId).toBe(newer.eventId);
});

test.concurrent("hot states, with more waiting than any buffer holds, do not hold back others and stay in order", async () => {
  const gate = Promise.withResolvers<void>();
  await using app = await startTestApp({
    env: { HOOKWELL_CONCURRENCY: "4" },
    handlers: { "*": ({ entity }) => (entity.endsWith(":hot") ? gate.promise : undefined) },
  });
  const revised = Array.from({ length: 1_050 }, (_, revision) => read("hot", revision));
  const unrevised = clicksOf("hot", 300);
  const others = Array.from({ length: 100 }, (_, index) => read(`free-${index}`));

  await sendAll(app, [...revised, ...unrevised]);
  await app.send(others);

  await eventually(() => expect(app.handled.length).toBe(100));
  gate.resolve();
  await app.settled(50_000);
  for (const events of [revised, unrevised]) {
    const places = placesOf(events, app.handled);
    expect(overtakings(places)).toEqual([]);
    expect(places.length).toBe(events.length);
  }
});

test.concurrent("events without a revision stay in the order of their arrival through a restart", async () => {
  await using first = await startTestApp();
  const [before, after] = [clicksOf("hot", 300), clicksOf("hot", 20)];

  await sendAll(first, before);
  await eventually(() => expect(first.handled.length).toBeGreaterThan(90));
  await first.close();
  await using second = await startTestApp({ data: first.data });
  await second.send(after);
  await second.settled();

  const places = placesOf([...before, ...after], [...first.handled, ...second.handled]);
  expect(overtakings(places)).toEqual([]);
  expect(places.length).toBe(320);
});

const world = { random: seededRandom(7), now: Date.now };

function read(entityId: string, revision = 4): SampleEvent {
  return freshEvent("message.read", { ...world, entityId, revision });
}

/** Events without a revision. */
function clicksOf(entityId: string, length: number): readonly SampleEvent[] {
  return Array.from({ length }, () => freshEvent("interaction.click", { ...world, entityId }));
}

async function sendAll(client: Client, events: readonly SampleEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += 100) await client.send(events.slice(from, from + 100));
}

type WithId = { readonly eventId: string };

/** Where the handled events stood among those sent. */
function placesOf(sent: readonly WithId[], handled: readonly WithId[]): readonly number[] {
  const places = new Map(sent.map(({ eventId }, place) => [eventId, place]));
  return handled.flatMap(({ eventId }) => places.get(eventId) ?? []);
}

/** Where a list that should grow does not. */
function overtakings(numbers: readonly number[]): readonly string[] {
  return numbers.flatMap((number, index) => {
    const before = numbers[index - 1] ?? -1;
    return number > before ? [] : [`${number} after ${before}`];
  });
}
