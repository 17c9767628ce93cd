import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { aRefused, openQuarantine } from "../../test/support/events/refused.ts";
import { ClosedError, DataVersionError, QuarantineUnavailableError } from "../errors.ts";
import { eventually } from "../testing/eventually.ts";
import type { Refused } from "./quarantine.ts";

/** As `list` tells it. */
const withoutBody = ({ body, ...rest }: Refused) => ({ ...rest, bytes: body.length });

describe("a refused request", () => {
  test("is kept with its exact bytes and all that is known of it", async () => {
    await using opened = await openQuarantine();
    const body = Uint8Array.from({ length: 256 }, (_, index) => index);
    const request = aRefused({ body, headers: { host: "a", "x-é": "é" }, kind: "unsigned", reason: "Why." });

    await opened.quarantine.add([request]);

    const [kept] = await opened.quarantine.list(10, null);
    expect(kept).toEqual({ id: kept?.id, ...withoutBody(request) });
    const found = await opened.quarantine.get(kept?.id ?? "");
    expect([...(found?.body ?? [])]).toEqual([...body]);
    expect(found).toMatchObject({ kind: "unsigned", reason: "Why.", headers: request.headers });
  });

  test.each([
    [{ maxCount: 0 }, false],
    [{ maxBytes: 9 }, false],
    [{ maxCount: 1, maxBytes: 10 }, true],
  ])("that was malformed is kept, if there can be room for it: %j", async (limits, isKept) => {
    await using opened = await openQuarantine(limits);
    const body = Buffer.alloc(10);

    await opened.quarantine.add([aRefused({ kind: "malformed", body })]);

    expect([opened.quarantine.keeps(body.length), await opened.quarantine.count()]).toEqual([
      isKept,
      isKept ? 1 : 0,
    ]);
  });

  test("survives a restart", async () => {
    await using opened = await openQuarantine();
    await opened.quarantine.add([aRefused()]);
    await opened.quarantine.close();

    const kept = await opened.reopen().list(10, null);

    expect(kept).toMatchObject([withoutBody(aRefused())]);
  });

  test("is there for another process as soon as it is added", async () => {
    await using opened = await openQuarantine();

    await opened.quarantine.add([aRefused(), aRefused({ kind: "malformed" })]);

    expect(await opened.reopen().count()).toBe(2);
  });

  test.each([
    ["headers that are none", "headers = 'cookie'"],
    ["no headers", "headers = null"],
    ["no reason", "reason = null"],
    ["a reason that is no text", "reason = cast(reason as blob)"],
    ["a time that there is not", "at = 9e15"],
  ])("that is damaged is named, though nothing in it is, and can be removed: %s", async (_, damage) => {
    await using opened = await openQuarantine();
    await opened.quarantine.add([aRefused(), aRefused()]);
    const db = new DatabaseSync(opened.path, { defensive: false });
    db.exec(/* sql */ `
      pragma writable_schema = on;
      update sqlite_schema set sql = replace(sql, 'not null', '') where name = 'refused';
      pragma writable_schema = reset;
      update refused set ${damage} where id = 1`);
    db.close();

    await expect(opened.quarantine.list(10, null)).rejects.toThrow(
      new QuarantineUnavailableError(
        "The quarantine's file: request 1 is damaged; `hookwell quarantine remove 1` removes it.",
      ),
    );

    await opened.quarantine.remove("1");
    expect(await opened.quarantine.list(10, null)).toHaveLength(1);
  });

  test("that is removed is gone, and cannot be removed twice", async () => {
    await using opened = await openQuarantine();
    await opened.quarantine.add([aRefused(), aRefused()]);
    const [first = ""] = await opened.quarantine.ids();

    const answers = [await opened.quarantine.remove(first), await opened.quarantine.remove(first)];

    expect(answers).toEqual([true, false]);
    expect(await opened.quarantine.get(first)).toBeUndefined();
    expect(await opened.quarantine.count()).toBe(1);
  });

  test("has an id that is a number; anything else names none", async () => {
    await using opened = await openQuarantine();
    const { quarantine } = opened;
    await quarantine.add([aRefused()]);

    for (const id of ["", "x", "1 or 1=1", "-1", "1.5", "99999999999999999999"]) {
      expect(await quarantine.get(id)).toBeUndefined();
      expect(await quarantine.remove(id)).toBe(false);
      expect(await quarantine.list(10, id)).toEqual([]);
    }
  });
});

describe("the list", () => {
  test("is newest first, and goes on behind the last one seen", async () => {
    await using opened = await openQuarantine();
    const { quarantine } = opened;
    await quarantine.add(Array.from({ length: 5 }, (_, index) => aRefused({ receivedAt: index })));

    const first = await quarantine.list(2, null);
    await quarantine.add([aRefused({ receivedAt: 5 })]);
    const second = await quarantine.list(2, first.at(-1)?.id ?? null);
    const third = await quarantine.list(2, second.at(-1)?.id ?? null);

    const times = [first, second, third].map((page) => page.map(({ receivedAt }) => receivedAt));
    expect(times).toEqual([[4, 3], [2, 1], [0]]);
  });

  test("of ids is oldest first", async () => {
    await using opened = await openQuarantine();
    await opened.quarantine.add([aRefused(), aRefused(), aRefused()]);

    const ids = await opened.quarantine.ids();

    expect(ids.map(Number)).toEqual(ids.map(Number).toSorted((a, b) => a - b));
    expect(ids).toHaveLength(3);
  });
});

describe("there is room for so much only:", () => {
  test("the oldest of strangers go, and what the sender signed stays", async () => {
    await using opened = await openQuarantine({ maxCount: 6 });
    await opened.quarantine.add([aRefused({ kind: "malformed" }), aRefused({ kind: "unusable" })]);

    for (let round = 0; round < 10; round += 1) {
      await opened.quarantine.add([aRefused({ receivedAt: round }), aRefused({ kind: "unsigned" })]);
    }

    const kinds = (await opened.quarantine.list(100, null)).map(({ kind }) => kind);
    expect(kinds).toEqual(["unsigned", "mismatch", "unsigned", "mismatch", "unusable", "malformed"]);
  });

  test("a flood of strangers is kept in part, and nobody waits for it", async () => {
    await using opened = await openQuarantine();
    for (let request = 0; request < 1_000; request += 1) opened.quarantine.addIfRoom(aRefused());

    await opened.quarantine.add([aRefused({ kind: "malformed" })]);

    const count = await opened.quarantine.count();
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThanOrEqual(65);
    opened.quarantine.addIfRoom(aRefused());
    await eventually(async () => expect(await opened.quarantine.count()).toBe(count + 1));
  });

  test("of large requests of strangers no more wait at once than eight MiB, but for one that is larger", async () => {
    await using opened = await openQuarantine();
    const { quarantine } = opened;
    const flood = (count: number, mebibytes: number): void => {
      const body = new Uint8Array(mebibytes * 1_024 * 1_024);
      for (let request = 0; request < count; request += 1) quarantine.addIfRoom(aRefused({ body }));
    };
    const counted = async (): Promise<number> => {
      // Behind all that waits.
      await quarantine.add([aRefused({ kind: "malformed" })]);
      return quarantine.count();
    };

    flood(20, 1);
    expect(await counted()).toBe(8 + 1);
    flood(20, 1);
    expect(await counted()).toBe(2 * (8 + 1));
    flood(2, 9);
    expect(await counted()).toBe(2 * (8 + 1) + 2);
  });
});

test("hits of secrets are kept, and add up", async () => {
  await using opened = await openQuarantine();
  await opened.quarantine.countHits([{ name: "old", hits: 2, lastUsedAt: 5 }]);
  await opened.quarantine.close();
  const again = opened.reopen();

  await again.countHits([{ name: "old", hits: 1, lastUsedAt: 9 }]);

  expect(await again.secretUse()).toEqual([{ name: "old", hits: 3, lastUsedAt: 9 }]);
});

describe("the file", () => {
  test("of a newer version is not touched", async () => {
    await using opened = await openQuarantine();
    await opened.quarantine.close();
    const db = new DatabaseSync(opened.path);
    db.exec("pragma user_version = 99");
    db.close();

    expect(() => opened.reopen()).toThrow(DataVersionError);
  });

  test("that cannot be written is told to whoever must know, and to no stranger", async () => {
    await using opened = await openQuarantine();
    const other = new DatabaseSync(opened.path);
    other.exec("drop table refused");
    other.close();

    const adding = opened.quarantine.add([aRefused()]);
    opened.quarantine.addIfRoom(aRefused());

    await expect(adding).rejects.toThrow(QuarantineUnavailableError);
  });
});

test("what is closed says so, takes nothing more, and may be closed twice", async () => {
  await using opened = await openQuarantine();
  const { quarantine } = opened;

  await Promise.all([quarantine.close(), quarantine.close()]);

  quarantine.addIfRoom(aRefused());
  await expect(quarantine.add([aRefused()])).rejects.toThrow(ClosedError);
  await expect(quarantine.count()).rejects.toThrow(ClosedError);
});

test("what was added before it was closed is kept", async () => {
  await using opened = await openQuarantine();

  const adding = opened.quarantine.add([aRefused()]);
  await opened.quarantine.close();

  await expect(adding).resolves.toBeUndefined();
  expect(await opened.reopen().count()).toBe(1);
});
