import { afterEach, expect, test, vi } from "vitest";
import { aMessage } from "../../../testing/builders.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import type { Settlement } from "../../driver.ts";
import { Flight } from "./flights.ts";
import type { OwnWrites } from "./own-writes.ts";
import { SlowEvents } from "./slow-events.ts";

const secondMs = 1_000;

afterEach(() => {
  vi.useRealTimers();
});

/** An event that is under way, and needs no row before it is slow. */
function oneUnderWay(): ReadonlyMap<string, Flight> {
  const message = aMessage();
  return new Map([[message.eventId, new Flight(message, undefined)]]);
}

test("what is slow is shown once at a time, and the end waits for it", async () => {
  vi.useFakeTimers({ now: 0 });
  const shown: PromiseWithResolvers<void>[] = [];
  const write: OwnWrites["write"] = async () => {
    shown.push(Promise.withResolvers());
    await shown.at(-1)?.promise;
    return new Set();
  };
  const slow = new SlowEvents(oneUnderWay(), { write }, recordedLog().log);
  await vi.advanceTimersByTimeAsync(secondMs);
  expect(shown).toHaveLength(1);

  const ended = vi.fn();
  const closing = slow.close().then(ended);
  await vi.advanceTimersByTimeAsync(0);

  expect(ended).not.toHaveBeenCalled();
  shown[0]?.resolve();
  await closing;
  expect(vi.getTimerCount()).toBe(0);
});

test("what goes wrong while slow events are shown is no end of it", async () => {
  vi.useFakeTimers({ now: 0 });
  const write = vi.fn(async () => {
    throw new Error("connect ECONNREFUSED");
  });
  const { log, facts } = recordedLog();
  const slow = new SlowEvents(oneUnderWay(), { write }, log);

  await vi.advanceTimersByTimeAsync(secondMs);

  expect(write).toHaveBeenCalledTimes(4);
  expect(facts()).toEqual([]);
  await slow.close();
});

test("an event is not shown while it is being settled, and is shown when it is under way and slow once more", async () => {
  vi.useFakeTimers({ now: 0 });
  const underWay = oneUnderWay();
  const settlements = Array.from(underWay.values(), ({ message }) => ({ message }) as Settlement);
  const write = vi.fn(async () => new Set<never>());
  const slow = new SlowEvents(underWay, { write }, recordedLog().log);
  const settled = Promise.withResolvers<void>();

  const settling = slow.notShowing(settlements, () => settled.promise);
  await vi.advanceTimersByTimeAsync(secondMs);
  expect(write).not.toHaveBeenCalled();
  settled.resolve();
  await settling;
  await vi.advanceTimersByTimeAsync(secondMs);

  expect(write).toHaveBeenCalled();
  await slow.close();
});

test("an event that is about to be shown is settled only then, since two writers of a row may block each other", async () => {
  vi.useFakeTimers({ now: 0 });
  const underWay = oneUnderWay();
  const settlements = Array.from(underWay.values(), ({ message }) => ({ message }) as Settlement);
  const written = Promise.withResolvers<ReadonlySet<never>>();
  const slow = new SlowEvents(underWay, { write: () => written.promise }, recordedLog().log);
  await vi.advanceTimersByTimeAsync(secondMs);
  const work = vi.fn(async () => undefined);

  const settling = slow.notShowing(settlements, work);
  await vi.advanceTimersByTimeAsync(0);

  expect(work).not.toHaveBeenCalled();
  written.resolve(new Set());
  await settling;
  expect(work).toHaveBeenCalledOnce();
  await slow.close();
});

test("an event that is shown is not shown once more, however long it is under way", async () => {
  vi.useFakeTimers({ now: 0 });
  let shown = 0;
  const write: OwnWrites["write"] = async (events) => {
    shown += events.length;
    return new Set(events);
  };
  const slow = new SlowEvents(oneUnderWay(), { write }, recordedLog().log);

  await vi.advanceTimersByTimeAsync(10 * secondMs);

  expect(shown).toBe(1);
  await slow.close();
});
