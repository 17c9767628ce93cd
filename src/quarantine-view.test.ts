import { describe, expect, test } from "vitest";
import { aRefused, openQuarantine } from "../test/support/events/refused.ts";
import { quarantineView } from "./quarantine-view.ts";

const nothing = async () => ({ checked: 0, accepted: 0 });

describe("a page", () => {
  test("has times as people write them, and says where the next one begins", async () => {
    await using opened = await openQuarantine();
    await opened.quarantine.add([1, 2, 3].map((second) => aRefused({ receivedAt: second * 1_000 })));
    const view = quarantineView(opened.quarantine, nothing);

    const first = await view.list(2, null);
    const second = await view.list(2, first.next);

    expect(first.items.map(({ receivedAt }) => receivedAt)).toEqual([
      "1970-01-01T00:00:03.000Z",
      "1970-01-01T00:00:02.000Z",
    ]);
    expect(second.items.map(({ receivedAt }) => receivedAt)).toEqual(["1970-01-01T00:00:01.000Z"]);
    expect(second.next).toBeNull();
  });

  test("that is just full has no next one", async () => {
    await using opened = await openQuarantine();
    await opened.quarantine.add([aRefused(), aRefused()]);

    const page = await quarantineView(opened.quarantine, nothing).list(2, null);

    expect(page.items).toHaveLength(2);
    expect(page.next).toBeNull();
  });

  test.each(["", "x", "-1", "1e3"])("behind the cursor %o does not exist", async (cursor) => {
    await using opened = await openQuarantine();

    await expect(quarantineView(opened.quarantine, nothing).list(2, cursor)).rejects.toThrow(RangeError);
  });
});

test("a body, a removal and the count are those of the quarantine", async () => {
  await using opened = await openQuarantine();
  await opened.quarantine.add([aRefused({ body: Uint8Array.of(0, 255) })]);
  const view = quarantineView(opened.quarantine, nothing);
  const id = (await view.list(1, null)).items[0]?.id ?? "";

  const body = await view.body(id);
  const removed = await view.remove(id);

  expect([...(body ?? [])]).toEqual([0, 255]);
  expect(removed).toBe(true);
  expect(await view.body(id)).toBeUndefined();
  expect(await view.count()).toBe(0);
});

test("one check runs at a time, and whoever asks meanwhile gets its result", async () => {
  await using opened = await openQuarantine();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let runs = 0;
  const view = quarantineView(opened.quarantine, async () => {
    const run = runs;
    runs += 1;
    await gates[run]?.promise;
    return { checked: run, accepted: 0 };
  });

  const both = [view.recheck(), view.recheck()];
  gates[0]?.resolve();
  const results = await Promise.all(both);
  gates[1]?.reject(new Error("broken"));
  const failing = view.recheck();

  expect(results).toEqual([
    { checked: 0, accepted: 0 },
    { checked: 0, accepted: 0 },
  ]);
  await expect(failing).rejects.toThrow("broken");
  expect(await view.recheck()).toEqual({ checked: 2, accepted: 0 });
});
