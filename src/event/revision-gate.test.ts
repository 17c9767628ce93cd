import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { revisionGate } from "./revision-gate.ts";

/** Puts revisions through the gate as a ledger does, remembering the newest one that was handled. */
function handledOf(arrivals: readonly { revision: number | null; fails: boolean }[]): (number | null)[] {
  const handled: (number | null)[] = [];
  let newest: number | undefined;
  for (const { revision, fails } of arrivals) {
    if (revisionGate(newest, revision).kind === "obsolete" || fails) continue;
    handled.push(revision);
    if (revision !== null) newest = Math.max(newest ?? revision, revision);
  }
  return handled;
}

const orders = fc
  .uniqueArray(fc.nat(), { minLength: 1 })
  .chain((revisions) => fc.shuffledSubarray(revisions, { minLength: revisions.length }));

describe("the revision gate", () => {
  test.each([
    [undefined, 0, { kind: "fresh", conflict: false }],
    [undefined, null, { kind: "fresh", conflict: false }],
    [3, 4, { kind: "fresh", conflict: false }],
    [0, 1, { kind: "fresh", conflict: false }],
    [3, 2, { kind: "obsolete", newest: 3 }],
    [1, 0, { kind: "obsolete", newest: 1 }],
    [3, 3, { kind: "fresh", conflict: true }],
    [0, 0, { kind: "fresh", conflict: true }],
    [3, null, { kind: "fresh", conflict: false }],
  ])("after %s says of %s: %o", (newest, incoming, verdict) => {
    expect(revisionGate(newest, incoming)).toEqual(verdict);
  });

  test("never lets a lower revision follow a higher one, and always lets the highest pass", () => {
    fc.assert(
      fc.property(orders, (order) => {
        const handled = handledOf(order.map((revision) => ({ revision, fails: false })));

        expect(handled).toEqual(handled.toSorted((a, b) => Number(a) - Number(b)));
        expect(handled.at(-1)).toBe(Math.max(...order));
      }),
    );
  });

  test("does not let a failing event hold back older ones", () => {
    fc.assert(
      fc.property(orders, fc.func(fc.boolean()), (order, fails) => {
        const arrivals = order.map((revision) => ({ revision, fails: fails(revision) }));
        const working = arrivals.filter((arrival) => !arrival.fails).map(({ revision }) => revision);

        const handled = handledOf(arrivals);

        expect(handled).toEqual(handledOf(working.map((revision) => ({ revision, fails: false }))));
        expect(handled.at(-1)).toBe(working.length > 0 ? Math.max(...working) : undefined);
      }),
    );
  });

  test("lets every event without a revision pass", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat())), (order) => {
        const handled = handledOf(order.map((revision) => ({ revision, fails: false })));

        expect(handled.filter((revision) => revision === null)).toEqual(
          order.filter((revision) => revision === null),
        );
      }),
    );
  });
});
