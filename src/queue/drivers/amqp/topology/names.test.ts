import { expect, test } from "vitest";
import { AmqpNames, eventKey, levelMs, levels, shardKey } from "./names.ts";

const names = new AmqpNames("hookwell");
const hourMs = 3_600_000;

/** How long a message waits on this way, in ms; it must begin in the longest of its levels. */
function waitOf({ exchange, routingKey }: ReturnType<AmqpNames["way"]>): number {
  const [...bits] = routingKey.split(".").slice(0, -1);
  const waits = levels.toReversed().filter((_, at) => bits[at] === "1");
  expect(exchange).toBe(names.delay(waits[0] ?? Number.NaN));
  return waits.reduce((sum, level) => sum + levelMs(level), 0);
}

test.each([
  [1, 100],
  [100, 100],
  [101, 200],
  [29 * hourMs, 29 * hourMs],
])("who waits for %i ms goes through levels of %i ms in all", (delayMs, waitMs) => {
  expect(waitOf(names.way(3, delayMs))).toBe(waitMs);
});

test("who would wait for longer than the chain lasts waits for as long as that", () => {
  expect(waitOf(names.way(3, 1_000 * hourMs))).toBe(100 * (2 ** 20 - 1));
});

test("who waits for nothing goes back at once", () => {
  expect(names.way(3, 0)).toEqual({ exchange: names.back, routingKey: "3" });
});

test("an event has its name as its key, but none that would lead it to a shard", () => {
  expect(eventKey("message.sent")).toBe("message.sent");
  expect(eventKey(shardKey(3))).not.toBe(shardKey(3));
});
