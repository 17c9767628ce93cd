import { expect, test } from "vitest";
import type { StoredEvent } from "./facts.ts";
import { aJournal, aLedger, aSent, sentMap, someFacts } from "./builders.ts";
import { effectViolations, endingViolations, handedViolations, storedViolations } from "./endings.ts";

const poisoned = {
  menu: { seed: 1, dishes: [{ misdeed: "throws", oneIn: 1, attempts: "all" }], workMs: [0, 0] },
} as const;
const handled = aJournal("1 begin a@1", "1 handled a@1");
const sent = sentMap(aSent("a", 1), aSent("b", 2));
const acknowledged = new Map([["a", 5]]);

test("what was acknowledged is stored as it was sent", () => {
  const violations = storedViolations(
    someFacts({ sent, acknowledged }),
    aLedger({ a: "handled", b: "obsolete" }),
  );

  expect(violations).toEqual([]);
});

test("what is old may be forgotten", () => {
  const facts = someFacts({ sent, acknowledged, forgettable: new Set(["a"]) });

  expect(storedViolations(facts, aLedger({}))).toEqual([]);
});

test("an acknowledged event is missing", () => {
  const violations = storedViolations(someFacts({ sent, acknowledged }), aLedger({ b: "handled" }));

  expect(violations).toMatchObject([
    { rule: "stored", text: expect.stringMatching(/^a was ackno/) as string },
  ]);
});

test("an event is stored that nobody sent", () => {
  const violations = storedViolations(someFacts({ sent }), aLedger({ c: "handled" }));

  expect(violations).toMatchObject([
    { rule: "stored", text: expect.stringContaining("nobody sent") as string },
  ]);
});

test("an event is stored with other bytes", () => {
  const { events, counted } = aLedger({ a: "handled" });
  const changed = new Map([...events].map(([eventId, event]) => [eventId, { ...event, hash: "another" }]));

  const violations = storedViolations(someFacts({ sent }), { events: changed, counted });

  expect(violations).toMatchObject([{ rule: "bytes" }]);
});

test("statistics and list differ", () => {
  const { events, counted } = aLedger({ a: "handled" });

  const violations = storedViolations(someFacts({ sent }), { events, counted: { ...counted, dead: 1 } });

  expect(violations).toMatchObject([
    { rule: "stored", text: expect.stringContaining("1 events are counted as dead") as string },
  ]);
});

test("a handler was given other bytes", () => {
  const journal = handled.map((entry) => ({ ...entry, hash: "another" }));

  expect(handedViolations({ sent, journal })).toMatchObject([{ rule: "bytes" }]);
  expect(handedViolations({ sent, journal: handled })).toEqual([]);
});

test.each([
  ["handled, by its handler", { a: "handled" }, handled, {}],
  ["obsolete, by a higher one", { a: "obsolete" }, aJournal("1 begin b@2", "1 handled b@2"), {}],
  ["dead, by a handler that never works", { a: "dead" }, [], poisoned],
] as const)("an event ended as it may: %s", (_name, events, journal, more) => {
  expect(endingViolations(someFacts({ sent, journal, ...more }), aLedger(events))).toEqual([]);
});

test.each([
  ["pending", "settles", { a: "pending" }, handled, {}, "does not settle"],
  ["retrying", "settles", { a: "retrying" }, handled, {}, "does not settle"],
  [
    "handled, by nobody",
    "ending",
    { a: "handled" },
    aJournal("1 begin a@1", "1 failed a@1"),
    {},
    "no handler",
  ],
  ["obsolete, by an equal one", "ending", { a: "obsolete" }, handled, {}, "no higher revision"],
  ["dead, though its handler works", "ending", { a: "dead" }, [], {}, "its handler works"],
  [
    "dead, though it was mended",
    "ending",
    { a: "dead" },
    [],
    { ...poisoned, mended: new Set(["a"]) },
    "works",
  ],
] as const)("an event ended as it must not: %s", (_name, rule, events, journal, more, text) => {
  const violations = endingViolations(someFacts({ sent, journal, ...more }), aLedger(events));

  expect(violations).toEqual([{ rule, text: expect.stringContaining(text) as string }]);
});

test.for<[StoredEvent["status"], number, boolean]>([
  ["handled", 1, true],
  ["handled", 0, false],
  ["handled", 2, false],
  ["dead", 0, true],
  ["dead", 1, false],
])("an event that is %s and left %d rows: kept %s", ([status, count, isKept]) => {
  const effects = new Map([["a", Array.from({ length: count }, () => ({ generation: 1, at: 5 }))]]);

  const violations = effectViolations({ effects }, aLedger({ a: status }));

  expect(violations.length).toBe(isKept ? 0 : 1);
});
