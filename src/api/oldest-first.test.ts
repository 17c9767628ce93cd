import { expect, test } from "vitest";
import { testApi } from "../../test/support/program/api.ts";
import { oldestFirst, spansOf } from "./oldest-first.ts";

test("all that a ledger lists comes once, the oldest first, in parts of some 500", async () => {
  const api = testApi();
  // Several come at the same time, as those of an array do; some are of no interest.
  for (let at = 0; at < 2_000; at += 1)
    await api.settled(at % 5 === 0 ? "handled" : "dead", {
      eventId: `d${at}`,
      receivedAt: 1_000 + Math.floor(at / 30),
    });
  const { ledger } = api.parts;
  const filter = { status: "dead" as const, since: 1_002, until: 1_060 };

  const spans = await spansOf(ledger, filter);
  const parts = await Promise.all(spans.map((span) => oldestFirst(ledger, span)));

  const wanted = Array.from({ length: 2_000 }, (_, at) => at).filter(
    (at) => at % 5 !== 0 && at >= 2 * 30 && at < 60 * 30,
  );
  expect(parts.flat().map(({ eventId }) => eventId)).toEqual(wanted.map((at) => `d${at}`));
  expect(parts.map((part) => part.length)).toEqual([384, 504, 504]);
});

test("a search that finds nothing in a page goes on behind it", async () => {
  const page = (items: readonly number[], next: string | null) => ({
    items: items.map((receivedAt) => ({
      eventId: String(receivedAt),
      receivedAt: new Date(receivedAt).toISOString(),
    })),
    next,
  });
  const many = Array.from({ length: 500 }, (_, at) => 2_000 - at);
  const pages = new Map([
    [null, page([3_000], "a")],
    ["a", page([], "b")],
    ["b", page(many, "c")],
    ["c", page([], "d")],
    ["d", page([7], null)],
  ]);
  const ledger = { list: async (_: unknown, __: number, cursor: string | null) => pages.get(cursor) };

  const spans = await spansOf(ledger as never, {});

  expect(spans).toEqual([{ until: 1_501 }, { since: 1_501, until: 3_001 }]);
});
