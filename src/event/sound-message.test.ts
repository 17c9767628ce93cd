import { expect, test } from "vitest";
import { aMessage } from "../testing/builders.ts";
import type { Message } from "./message.ts";
import { soundMessage } from "./sound-message.ts";

const unsound: Readonly<Record<keyof Message, readonly unknown[]>> = {
  eventId: ["", null, 7, {}, "\ud800"],
  name: ["", undefined, ["x"], "\udfff"],
  entity: [null, 1, "\ud800"],
  state: [undefined, 0, {}, "\ud800"],
  revision: [undefined, "1", -1, 0.5, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY],
  occurredAt: [undefined, "2026", 0.5, 8.64e15 + 1, Number.NaN],
  receivedAt: [null, "2026", 0.5, 1e300, -1e300, Number.NaN, Number.POSITIVE_INFINITY],
  accountId: [undefined, true, {}, [], Number.NaN, Number.POSITIVE_INFINITY, "\ud800"],
  apiSpaceId: [undefined, 1, {}, "\ud800"],
  copy: [null, 1, "\ud800"],
  replay: [0, null, "yes"],
  body: ["text", null, [1]],
};

test.each(Object.entries(unsound))(
  "a message with an unsound %s is none, and nothing of it is quoted",
  (key, values) => {
    const sounds = values.map((value) => soundMessage({ ...aMessage(), [key]: value }));

    expect(sounds.map(String)).toEqual(
      values.map(() => "RangeError: A message with values that no event has."),
    );
  },
);

test.each([
  ["that is usual", {}],
  ["without all that may be missing", { state: null, revision: null, occurredAt: null, accountId: null }],
  [
    "with the largest numbers",
    { revision: Number.MAX_SAFE_INTEGER, occurredAt: -8.64e15, receivedAt: 8.64e15 },
  ],
  ["with strange texts", { eventId: "\u0000\u001b[2J", name: "__proto__", accountId: "", apiSpaceId: "" }],
  ["with an empty body", { body: new Uint8Array() }],
] as const)("a message %s is sound", (_, fields) => {
  const message = aMessage(fields);

  expect(soundMessage(message)).toBe(message);
});
