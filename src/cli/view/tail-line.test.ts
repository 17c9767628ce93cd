import { expect, test } from "vitest";
import type { EventRecord } from "../../api/contract.ts";
import { paletteFor } from "./palette.ts";
import { tailLine } from "./tail-line.ts";
import { widthOf } from "./width.ts";

const record: EventRecord = {
  eventId: "4c92e7b0-1d5f-43a8-b6e9-f07d2c8a5134",
  name: "message.delivered",
  entity: "message:7b1d9e04-52c6-4f3a-8e17-a0c95d3b6f21",
  revision: 3,
  status: "handled",
  attempts: 1,
  deliveries: 1,
  conflict: false,
  receivedAt: "2026-11-27T04:18:27.434Z",
  occurredAt: null,
  settledAt: "2026-11-27T04:18:27.520Z",
  error: null,
  accountId: null,
  apiSpaceId: null,
  synthetic: false,
};

const plain = paletteFor(false, {});

const lineOn = (columns: number, fields: Partial<EventRecord>): string => {
  const output = { isTTY: true, columns, palette: plain };
  return tailLine({ ...record, ...fields }, output);
};

test.each([60, 80, 100, 200])("a line fits a terminal of %d columns", (columns) => {
  const names = ["message.delivered", "conversation.participantRemoved", "n".repeat(1_000)];
  const error = "Error: no database answered, ".repeat(10);

  const lines = names.flatMap((name) => lineOn(columns, { name, revision: 12, error }).split("\n"));

  expect(lines).toHaveLength(6);
  expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
});

test("notes stand behind the event where there is room for them, else below it", () => {
  const whole = `${lineOn(200, {})}  conflict`;

  const [beside, below] = [0, 1].map((less) => lineOn(whole.length - less, { conflict: true }));

  expect(beside).toBe(whole);
  expect(below).toBe(`${lineOn(200, {})}\n          ↳ conflict`);
});

test("where the terminal is narrow, the milliseconds go, and then the revision, so that the entity has room", () => {
  const lines = [100, 99, 76, 75].map((columns) => lineOn(columns, {}));

  expect(lines.map((line) => line.replace(/^[\d:]{8}/, "04:18:27"))).toEqual([
    "04:18:27.520  ✓ handled   message.delivered        rev 3    message:7b1d9e04-52c…a-8e17-a0c95d3b6f21",
    "04:18:27  ✓ handled   message.delivered        rev 3    message:7b1d9e04-52c6…f3a-8e17-a0c95d3b6f21",
    "04:18:27  ✓ handled   message.delivered        rev 3    message:7b…95d3b6f21",
    "04:18:27  ✓ handled   message.delivered        message:7b1d9e…-a0c95d3b6f21",
  ]);
});

test("what came from outside does nothing to the terminal", () => {
  const line = lineOn(200, { name: "a\u001b[2J", entity: "b:\u001b[2J", error: "c\u001b[2J" });

  expect(line).not.toContain("\u001b");
});

test("names that differ at their ends are told apart on 80 columns", () => {
  const [added, removed] = ["Added", "Removed"].map((what) =>
    lineOn(80, { name: `conversation.participant${what}` }),
  );

  expect(added).not.toBe(removed);
});

test("where nobody looks, the time is exact and nothing is cut", () => {
  const output = { isTTY: false, columns: 80, palette: plain };

  const line = tailLine(record, output);

  expect(line).toMatch(/^2026-11-27T04:18:27[.]520Z {2}✓ handled .* message:7b1d9e04-\S{27}$/);
});
