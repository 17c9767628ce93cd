import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { calm } from "../../test/support/processing/cut-off.ts";
import { startProcessor } from "../../test/support/processing/processor.ts";
import type { Message } from "../event/message.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosQueue } from "../testing/chaos.ts";
import { eventually } from "../testing/eventually.ts";
import { Pipeline } from "./pipeline.ts";

// Most of the time goes by in waits, so the tests may do it together.
test.concurrent(
  "states that are slow, behind which very many events wait, keep no others waiting",
  { timeout: 60_000 },
  async () => {
    let isSlow = true;
    await using app = startProcessor({
      concurrency: 64,
      handlers: ({ entity }) => (isSlow && entity.startsWith("presence:slow") ? sleep(200) : undefined),
    });
    const slow = Array.from({ length: 20 }, (_, state) =>
      Array.from({ length: 450 }, () =>
        aMessage({ entity: `presence:slow ${state}`, state: null, revision: null }),
      ),
    );
    const others = Array.from({ length: 100 }, () => aMessage());
    await app.put(...slow.flat());
    await eventually(() => expect(app.handled.length).toBeGreaterThan(20));

    await app.put(...others);

    await eventually(
      () => expect(app.handled).toEqual(expect.arrayContaining(others.map(({ eventId }) => eventId))),
      15_000,
    );
    isSlow = false;
    await app.settled(30_000);
    expectInOrder(slow, app.handled);
    expect(app.handled).toHaveLength(100 + 20 * 450);
  },
);

test.concurrent.for([
  { what: "very many", states: 11, events: 450, bytes: 10 },
  { what: "large", states: 1, events: 400, bytes: 100_000 },
])(
  "states that hang, behind which $what events wait, keep no others waiting",
  { timeout: 60_000 },
  async ({ states, events, bytes }) => {
    const hanging = Promise.withResolvers<void>();
    await using app = startProcessor({
      concurrency: 16,
      handlerTimeoutMs: 60_000,
      handlers: ({ entity }) => (entity.startsWith("presence:stuck") ? hanging.promise : undefined),
    });
    const body = new Uint8Array(bytes);
    const stuck = Array.from({ length: states }, (_, state) =>
      Array.from({ length: events }, () =>
        aMessage({ entity: `presence:stuck ${state}`, state: null, revision: null, body }),
      ),
    );
    await app.put(...stuck.flat());
    await eventually(() => expect(app.runs).toHaveLength(states));

    await app.put(...Array.from({ length: 100 }, () => aMessage()));

    await eventually(() => expect(app.handled).toHaveLength(100), 10_000);
    hanging.resolve();
    await app.settled(30_000);
    expectInOrder(stuck, app.handled);
    expect(app.handled).toHaveLength(100 + states * events);
  },
);

// With 6,000 events in hand, 2,000 must be over until there is room for more.
test.for([
  {
    what: "so many states wait for a handler that others could not run sooner, nothing goes",
    count: 2_200,
    goes: false,
  },
  { what: "few enough states wait that others could run sooner, the surplus goes", count: 1_800, goes: true },
])(
  "while $what back to the queue",
  // Not at the same time as the others, whose pipelines would be counted as well.
  { timeout: 60_000 },
  async ({ count, goes }) => {
    using makeRoom = vi.spyOn(Pipeline.prototype, "makeRoom");
    const hanging = Promise.withResolvers<void>();
    let back = 0;
    await using app = startProcessor({
      concurrency: 16,
      handlerTimeoutMs: 60_000,
      handlers: () => hanging.promise,
      wrapQueue: (queue) => ({
        ...chaosQueue(queue, calm),
        retry: async (...retry) => {
          back += 1;
          await queue.retry(...retry);
        },
      }),
    });
    const states = aSpread(6_000, count);
    await app.put(...states.flat());

    // By then all states have been slow for longer than one may be that holds three.
    await eventually(() => expect(makeRoom.mock.contexts.length).toBeGreaterThan(3), 20_000);

    const looks = makeRoom.mock.contexts.length;
    await eventually(() => expect(makeRoom.mock.contexts.length).toBeGreaterThan(looks), 20_000);
    await eventually(() => expect(back > 0).toBe(goes));
    hanging.resolve();
    await app.settled(30_000);
    expectInOrder(states, app.handled);
    expect(app.handled).toHaveLength(6_000);
  },
);

/** Events spread evenly over states, two to four in each. */
const aSpread = (events: number, count: number): readonly (readonly Message[])[] =>
  Array.from({ length: count }, (_, state) => {
    const length = Math.floor(((state + 1) * events) / count) - Math.floor((state * events) / count);
    return Array.from({ length }, () =>
      aMessage({ entity: `presence:${state}`, state: null, revision: null }),
    );
  });

function expectInOrder(states: readonly (readonly Message[])[], handled: readonly string[]): void {
  const placeOf = new Map(handled.map((eventId, place) => [eventId, place]));
  for (const messages of states) {
    const places = messages.map(({ eventId }) => placeOf.get(eventId) ?? -1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
}
