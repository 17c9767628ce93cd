import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import {
  calm,
  cutOffBefore,
  gates,
  named,
  runsThatEnded,
  type CutOffs,
} from "../../../test/support/processing/cut-off.ts";
import { losesFirstCommit } from "../../../test/support/ledger/lost-commit.ts";
import { startProcessor } from "../../../test/support/processing/processor.ts";
import type { Message } from "../../event/message.ts";
import { LedgerUnavailableError } from "../../errors.ts";
import { replayCopy } from "../../event/replay-copy.ts";
import { cutOff, type LedgerDriver, type Settlement } from "../../ledger/driver.ts";
import { aMessage } from "../../testing/builders.ts";
import { chaosLedger } from "../../testing/chaos.ts";
import { eventually } from "../../testing/eventually.ts";
import { replayOf } from "../../testing/ledger-driver/harness.ts";
import { Attempt } from "./attempt.ts";
import { Lanes } from "../lanes/lanes.ts";
import { Suspects } from "./suspects.ts";

/** A clock that stands still. */
const still = (): number => 0;

/**
 * Events that were running when so many processes ended. The queue has handed them out once more than that: nobody wrote
 * down who was running at the first end.
 */
async function startAfter(known: CutOffs, options: Partial<Parameters<typeof startProcessor>[0]> = {}) {
  const { handler, running, end } = gates();
  const cutOffs = Object.fromEntries(Object.entries(known).map(([id, runs]) => [id, runs + 1]));
  const app = startProcessor({ handlers: handler, wrapQueue: cutOffBefore(cutOffs), ...options });
  const messages = named(...Object.keys(known));
  for (const message of messages) await runsThatEnded(app.ledger, message, known[message.eventId] ?? 0);
  return { app, messages, running, end };
}

test("of those that were running when a process ended one runs at a time, and the others go on beside it", async () => {
  const { app, messages, running, end } = await startAfter({ a: 1, b: 1, c: 1 });
  await using _end = app;

  await app.put(...messages, ...named("d", "e"));
  await eventually(() => expect(running()).toEqual(["a", "d", "e"]));
  end("a", "d");
  await eventually(() => expect(running()).toEqual(["b", "e"]));
  end("b");
  await eventually(() => expect(running()).toEqual(["c", "e"]));
  end("c", "e");
  await app.settled();

  expect(await app.ledger.get("a")).toMatchObject({ status: "handled", attempts: 2 });
});

test("beside the last attempt of one that was running when a process ended nothing runs, until its outcome is written down", async () => {
  const settling = Promise.withResolvers<void>();
  const isLast = ({ message }: Settlement): boolean => message.eventId === "last";
  const wrapLedger = (ledger: LedgerDriver): LedgerDriver => ({
    ...chaosLedger(ledger, calm),
    settle: async (settlements) => {
      if (settlements.some(isLast)) await settling.promise;
      return ledger.settle(settlements);
    },
  });
  const { app, messages, running, end } = await startAfter({ last: 2 }, { maxAttempts: 3, wrapLedger });
  await using _end = app;
  await app.put(...named("a"));
  await eventually(() => expect(running()).toEqual(["a"]));

  await app.put(...messages);
  await app.put(...named("b"));
  await sleep(50);
  expect(running()).toEqual(["a"]);
  end("a");
  await eventually(() => expect(running()).toEqual(["last"]));
  end("last");
  await sleep(50);
  expect(running()).toEqual([]);
  settling.resolve();

  // Well before others would begin in any case.
  await eventually(() => expect(running()).toEqual(["b"]), 1_500);
  end("b");
  await app.settled();
  expect(await app.ledger.get("last")).toMatchObject({ status: "handled", attempts: 3 });
});

test("one whose start cannot be written down keeps the others waiting for a moment only", async () => {
  const wrapLedger = (ledger: LedgerDriver): LedgerDriver => ({
    ...chaosLedger(ledger, calm),
    begin: () => Promise.reject(new LedgerUnavailableError("its day is locked")),
  });
  const { app, messages } = await startAfter(
    { last: 2 },
    { handlers: () => undefined, maxAttempts: 3, wrapLedger },
  );
  await using _end = app;

  await app.put(...messages, ...named("a", "b"));

  await eventually(() => expect(app.handled).toEqual(["a", "b"]), 10_000);
});

test("the next one does not begin before the outcome of the one before is written down", async () => {
  const settling = Promise.withResolvers<void>();
  const wrapLedger = (ledger: LedgerDriver): LedgerDriver => ({
    ...chaosLedger(ledger, calm),
    settle: (settlements) => settling.promise.then(() => ledger.settle(settlements)),
  });
  const { app, messages, running, end } = await startAfter({ a: 1, b: 1 }, { wrapLedger });
  await using _end = app;
  await app.put(...messages);
  await eventually(() => expect(running()).toEqual(["a"]));

  end("a");
  await sleep(20);
  expect(running()).toEqual([]);
  settling.resolve();

  await eventually(() => expect(running()).toEqual(["b"]));
  end("b");
  await app.settled();
});

test("one that was lost to another process meanwhile keeps the next one waiting no longer", async () => {
  let isLost = true;
  const wrapLedger = (ledger: LedgerDriver): LedgerDriver => ({
    ...chaosLedger(ledger, calm),
    settle: async (settlements) => {
      if (!isLost) return ledger.settle(settlements);
      isLost = false;
      return settlements;
    },
  });
  const { app, messages, running, end } = await startAfter({ a: 1, b: 1 }, { wrapLedger });
  await using _end = app;
  await app.put(...messages);
  await eventually(() => expect(running()).toEqual(["a"]));

  end("a");

  await eventually(() => expect(running()).toEqual(["a", "b"]));
  end("a", "b");
  await app.settled();
});

test("one that may not have been committed keeps the next one waiting no longer", async () => {
  const { app, messages } = await startAfter(
    { a: 1, b: 1 },
    {
      handlers: async (_event, { tx }) => {
        await tx();
      },
      wrapLedger: losesFirstCommit,
    },
  );
  await using _end = app;

  await app.put(...messages);
  await app.settled();

  for (const id of ["a", "b"]) expect(await app.ledger.get(id)).toMatchObject({ status: "handled" });
});

test("those that were running at fewer ends have their turn first, else the oldest", async () => {
  const { app, messages, running, end } = await startAfter({ first: 1, often: 2, seldom: 1 });
  await using _end = app;
  const order: string[] = [];

  await app.put(...messages);
  while (order.length < 3) {
    await eventually(() => expect(running()).toHaveLength(1));
    order.push(...running());
    end(...running());
  }

  expect(order).toEqual(["first", "seldom", "often"]);
  await app.settled();
});

describe("an event that was running when a process ended", () => {
  test("as often as it may be tried becomes a dead letter, and is not run again, whatever was handed out", async () => {
    const { app, messages } = await startAfter(
      { a: 3 },
      { maxAttempts: 3, wrapQueue: cutOffBefore({ a: 7 }) },
    );
    await using _end = app;

    const begunAt = Date.now();
    await app.put(...messages);
    await app.settled();

    expect(app.runs).toEqual([]);
    const { status, error, settledAt, attempts } = (await app.ledger.get("a")) ?? {};
    expect([status, error, attempts]).toEqual(["dead", cutOff, 4]);
    expect(Date.parse(settledAt ?? "")).toBeGreaterThanOrEqual(begunAt);
    expect(app.log.lines).toMatchObject([{ fact: "event.dead", fields: { attempt: 4, error: cutOff } }]);
  });

  test("less often is run, and told of", async () => {
    const { app, messages, running, end } = await startAfter({ a: 2 }, { maxAttempts: 3 });
    await using _end = app;

    await app.put(...messages);
    await eventually(() => expect(running()).toEqual(["a"]));
    end("a");
    await app.settled();

    expect(app.log.lines[0]).toEqual({
      level: "info",
      fact: "event.suspect",
      fields: { eventId: "a", name: messages[0]?.name, attempt: 4 },
    });
  });

  test("and hangs is failed at its deadline, and then it is the next one's turn", async () => {
    const { app, messages } = await startAfter({ a: 1, b: 1 }, { handlerTimeoutMs: 30, maxAttempts: 2 });
    await using _end = app;

    await app.put(...messages);
    await app.settled();

    for (const id of ["a", "b"]) {
      expect(await app.ledger.get(id)).toMatchObject({
        status: "dead",
        attempts: 2,
        error: "TimeoutError: The handler was not done after 30 ms.",
      });
    }
  });

  test("keeps its place in its lane", async () => {
    const older = aMessage({ eventId: "older", entity: "message:1", revision: 1 });
    const newer = aMessage({ eventId: "newer", entity: "message:1", revision: 2 });
    await using app = startProcessor({ handlers: () => sleep(2), wrapQueue: cutOffBefore({ older: 2 }) });
    await runsThatEnded(app.ledger, older, 1);

    await app.put(older, newer);
    await app.settled();

    expect(app.handled).toEqual(["older", "newer"]);
  });

  test("is like any other once its handler came to an end by itself, even if it is tried again", async () => {
    const { handler, running, end } = gates();
    const begin = vi.fn((message: Message, at: number) => app.ledger.begin(message, at));
    await using app = startProcessor({
      handlers: (event, context) => {
        if (context.attempt === 3) throw new Error("not yet");
        return handler(event, context);
      },
      maxAttempts: 5,
      wrapQueue: cutOffBefore({ a: 2, b: 2 }),
      wrapLedger: (ledger) => ({ ...chaosLedger(ledger, calm), begin }),
    });
    const messages = named("a", "b");
    for (const message of messages) await runsThatEnded(app.ledger, message, 1);

    await app.put(...messages);

    await eventually(() => expect(running()).toEqual(["a", "b"]));
    expect(begin).toHaveBeenCalledTimes(2);
    end("a", "b");
    await app.settled();
    expect(await app.ledger.get("a")).toMatchObject({ status: "handled", attempts: 3 });
  });
});

test("where an event has one attempt only, those that a crash may have met run one at a time from the beginning", async () => {
  const { app, messages, running, end } = await startAfter({ a: 0, b: 0 }, { maxAttempts: 1 });
  await using _end = app;

  await app.put(...messages);
  await eventually(() => expect(running()).toEqual(["a"]));
  await sleep(20);
  expect(running()).toEqual(["a"]);
  end("a");

  await eventually(() => expect(running()).toEqual(["b"]));
  end("b");
  await app.settled();
});

describe("events that failed by themselves, and that a crash met on their way after that,", () => {
  const startAfterFailures = async (maxAttempts: number) => {
    const { handler, running, end } = gates();
    const wrapQueue = cutOffBefore({ a: 2, b: 2, c: 2 });
    const app = startProcessor({ handlers: handler, handlerTimeoutMs: 60_000, maxAttempts, wrapQueue });
    const messages = named("a", "b", "c");
    await app.ledger.admit(messages);
    const failed = {
      outcome: { kind: "retry", error: "no answer" },
      startedAt: 1_000,
      endedAt: 1_000,
    } as const;
    await app.ledger.settle(messages.map((message) => ({ message, conflict: false, ...failed })));
    await app.put(...messages);
    return { app, running, end };
  };

  test("run side by side, for nobody knows that one of them ended a process", async () => {
    const { app, running, end } = await startAfterFailures(3);
    await using _end = app;

    await eventually(() => expect(running()).toEqual(["a", "b", "c"]));
    end("a", "b", "c");
    await app.settled();
  });

  test("run one at a time if they have one attempt left, which the end of another would take", async () => {
    const { app, running, end } = await startAfterFailures(2);
    await using _end = app;

    for (const eventId of ["a", "b", "c"]) {
      await eventually(() => expect(running()).toEqual([eventId]));
      end(eventId);
    }
    await app.settled();
  });
});

test("a dead letter that is replayed has all its attempts again", async () => {
  await using app = startProcessor({
    handlers: (_event, { attempt }) => {
      if (attempt < 3) throw new Error("not yet");
    },
    maxAttempts: 3,
  });
  const message = aMessage();
  await runsThatEnded(app.ledger, message, 3);
  const times = { conflict: false, startedAt: 1_000, endedAt: 1_000 };
  await app.ledger.settle([{ message, outcome: { kind: "dead", error: cutOff }, ...times }]);

  await app.put(replayOf(message));
  await app.settled();

  expect(app.runs).toHaveLength(3);
  expect(await app.detail(message)).toMatchObject({ status: "handled" });
});

test("a dead letter that is replayed has them also if processes ended while it was on its way", async () => {
  const message = aMessage();
  await using app = startProcessor({
    handlers: () => {
      throw new Error("not yet");
    },
    maxAttempts: 3,
    wrapQueue: cutOffBefore({ [message.eventId]: 2 }),
  });
  await runsThatEnded(app.ledger, message, 3);
  const times = { conflict: false, startedAt: 1_000, endedAt: 1_000 };
  await app.ledger.settle([{ message, outcome: { kind: "dead", error: cutOff }, ...times }]);

  await app.put({ ...message, replay: true, copy: replayCopy("again", message.copy, 3) });
  await app.settled();

  expect(app.runs).toHaveLength(3);
  expect(await app.detail(message)).toMatchObject({ status: "dead", attempts: 6 });
});

test("dead letters that are replayed, and that a crash met on their way, run side by side", async () => {
  const { handler, running, end } = gates();
  const wrapQueue = cutOffBefore({ a: 2, b: 2 });
  await using app = startProcessor({ handlers: handler, handlerTimeoutMs: 60_000, wrapQueue });
  const messages = named("a", "b");
  const dead = {
    outcome: { kind: "dead", error: cutOff },
    conflict: false,
    startedAt: 1,
    endedAt: 1,
  } as const;
  for (const message of messages) {
    await runsThatEnded(app.ledger, message, 3);
    await app.ledger.settle([{ message, ...dead }]);
  }

  const replays = messages.map(({ copy, ...message }) => ({
    ...message,
    replay: true,
    copy: replayCopy("again", copy, 3),
  }));
  await app.put(...replays);

  await eventually(() => expect(running()).toEqual(["a", "b"]));
  end("a", "b");
  await app.settled();
});

test("one that is larger than all that may wait together has its turn as well", async () => {
  const { handler, running, end } = gates();
  await using app = startProcessor({ handlers: handler, wrapQueue: cutOffBefore({ large: 2 }) });
  const message = aMessage({ eventId: "large", body: new Uint8Array(9 * 1024 * 1024) });
  await runsThatEnded(app.ledger, message, 1);

  await app.put(message);

  await eventually(() => expect(running()).toEqual(["large"]));
  end("large");
  await app.settled();
});

test("those that are too large together with what waits already find no room, until it is less", () => {
  const started: Attempt[] = [];
  const suspects = new Suspects({ add: (attempt) => void started.push(attempt), release: () => undefined });
  const lane = new Lanes<Attempt>(still, still).at("any");
  const large = (): Attempt => {
    const message = aMessage({ body: new Uint8Array(5 * 1024 * 1024) });
    return new Attempt({ receipt: message.eventId, attempt: 2, message }, message, lane);
  };
  const [first, second, third, fourth] = [large(), large(), large(), large()];

  expect([first, second, third].map((attempt) => suspects.add(attempt))).toEqual([true, true, false]);
  suspects.done(first);
  expect([third, fourth].map((attempt) => suspects.add(attempt))).toEqual([true, false]);
  expect(suspects.withdraw((attempt) => attempt === third)).toEqual([third]);
  expect(suspects.add(fourth)).toBe(true);

  expect(started).toEqual([first, second]);
});

test("more of them than the memory takes, of which the first hangs, keep no others waiting and stay in order", async () => {
  const hanging = Promise.withResolvers<void>();
  // Four events of each state, of which the first was running when a process ended.
  const lives = Array.from({ length: 1_500 }, (_, life) =>
    [0, 1, 2, 3].map((event) =>
      aMessage({ eventId: `${life} ${event}`, entity: `presence:${life}`, state: null, revision: null }),
    ),
  );
  const suspects = lives.flatMap(([first]) => first ?? []);
  const cutOffs = Object.fromEntries(suspects.map(({ eventId }) => [eventId, 2]));
  await using app = startProcessor({
    handlers: ({ eventId }) => (cutOffs[eventId] === undefined ? undefined : hanging.promise),
    wrapQueue: cutOffBefore(cutOffs),
  });
  for (const message of suspects) await runsThatEnded(app.ledger, message, 1);
  const others = Array.from({ length: 500 }, (_, index) => aMessage({ eventId: `other ${index}` }));

  await app.put(...lives.flat(), ...others);
  await eventually(() => expect(app.handled).toHaveLength(500), 10_000);
  expect(app.runs).toHaveLength(501);
  hanging.resolve();
  await app.settled(30_000);

  expect(new Set(app.handled).size).toBe(6_500);
  expect(app.handled).toHaveLength(6_500);
  const placeOf = new Map(app.handled.map((id, place) => [id, place]));
  for (const life of lives) {
    const places = life.map(({ eventId }) => placeOf.get(eventId) ?? -1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
}, 60_000);

test("one whose turn it is keeps it until it is over itself, whoever else is done meanwhile", () => {
  const started: Attempt[] = [];
  const suspects = new Suspects({ add: (attempt) => void started.push(attempt), release: () => undefined });
  const [first, second, other] = [attemptOf("first"), attemptOf("second"), attemptOf("other")];
  for (const attempt of [first, second]) suspects.add(attempt);

  suspects.done(other);
  expect(started).toEqual([first]);
  suspects.done(first);

  expect(started).toEqual([first, second]);
});

test("one that failed by itself is no suspect any more, however many such went to other processes before, or never were any", () => {
  const suspects = new Suspects({ add: () => undefined, release: () => undefined });
  const failed = (copy: string, handOuts: number): Attempt => {
    const attempt = attemptOf(copy, handOuts);
    attempt.outcome = { kind: "retry", error: "Error: not now" };
    return attempt;
  };
  for (let gone = 0; gone < 20_000; gone += 1) suspects.done(failed(`gone-${gone}`, 2));

  const last = failed("last", 2);
  suspects.done(last);
  for (let other = 0; other < 20_000; other += 1) suspects.done(failed(`other-${other}`, 1));

  expect(suspects.means(last)).toBe(false);
});

/** An attempt at an event that was handed out so often. */
function attemptOf(copy: string, handOuts = 2): Attempt {
  const message = { ...aMessage(), copy };
  const lane = new Lanes<Attempt>(still, still).at(copy);
  return new Attempt({ receipt: copy, message, attempt: handOuts }, message, lane);
}
