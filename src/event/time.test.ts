import * as fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { parseTime } from "./time.ts";

afterEach(() => vi.unstubAllEnvs());

test("a time in the sender's form is what Date.parse makes of it", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date(8e12), noInvalidDate: true }), (date) => {
      expect(parseTime(date.toISOString())).toBe(date.getTime());
    }),
  );
});

test.each([
  "2025-03-04T10:15:27.240Z",
  "2025-03-04T24:00:00.000Z",
  "2025-03-04T24:00:00.001Z",
  "2025-03-04T10:60:27.240Z",
  "2025-13-01T10:15:27.240Z",
  "2025-03-04T1x:15:27.240Z",
  "2025-03-04 10:15:27.240Z",
  "2025-03-04T10:15:27,240Z",
  "2025-03-04T10:15:27+01:00",
  "2025-03-04T10:15:27Z",
  "March 4, 2025 10:15:27 Z",
  "Mar 4 2025T10:15:27.240Z",
  "yyyy-mm-ddT10:15:27.240Z",
  "",
])("%s is what Date.parse makes of it, also a second time", (text) => {
  expect([parseTime(text), parseTime(text)]).toEqual([Date.parse(text), Date.parse(text)]);
});

test.each(["2025-02-29", "2025-02-30T10:15:27.240Z", "2025-06-31T10:15:27+01:00", "2025-02-30 10:15"])(
  "%s is no time, though Date.parse makes one of March or July of it",
  (text) => {
    expect(Date.parse(text)).not.toBeNaN();
    expect([parseTime(text), parseTime(text)]).toEqual([Number.NaN, Number.NaN]);
  },
);

test("almost a time is what Date.parse makes of it, where no zone is that of UTC", () => {
  vi.stubEnv("TZ", "UTC");
  const usual = Array.from("2025-03-04T10:15:27.240Z");
  const mistaken = fc
    .tuple(fc.nat(usual.length - 1), fc.constantFrom("0", "9", ":", "-", "T", "Z", ".", " ", "x"))
    .map(([at, mark]) => usual.with(at, mark).join(""));
  fc.assert(
    fc.property(mistaken, (text) => {
      expect(parseTime(text)).toBe(Date.parse(text));
    }),
  );
});

test.each([
  "2025-04-06T01:45:00.2400",
  "2025-04-06 01:45:00.240",
  "2025-04-06T01:45:00.24",
  "2025-04-06t01:45:00.240",
  "+002025-04-06T01:45:00.240",
])("%s, which names no zone, is in UTC on every machine", (text) => {
  // Where the clock was put back by half an hour then, so that this time came twice.
  vi.stubEnv("TZ", "Australia/Lord_Howe");

  expect(new Date(2025, 3, 6).getTimezoneOffset()).toBe(-660);
  expect(parseTime(text)).toBe(Date.UTC(2025, 3, 6, 1, 45, 0, 240));
});
