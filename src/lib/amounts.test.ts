import { expect, test } from "vitest";
import { bytesText, counted } from "./amounts.ts";

test.for([
  [1, "1 byte"],
  [612, "612 bytes"],
  [2_048, "2.0 KB"],
  [16 * 1_048_576, "16 MB"],
] as const)("%i bytes are %s", ([bytes, expected]) => {
  expect(bytesText(bytes)).toBe(expected);
});

test("things are counted in words", () => {
  const texts = [counted(1, "event"), counted(12_345, "event"), counted(0, "event")];

  expect(texts).toEqual(["1 event", "12,345 events", "0 events"]);
});
