import { assert, date, property } from "fast-check";
import { expect, test } from "vitest";
import { momentFrom } from "./moment.ts";

const now = Date.UTC(2026, 6, 1, 12);

test.each([
  ["2026-07-01", Date.UTC(2026, 6, 1)],
  ["2026-07-01T09:30Z", Date.UTC(2026, 6, 1, 9, 30)],
  ["2026-07-01t09:30:00.250z", Date.UTC(2026, 6, 1, 9, 30, 0, 250)],
  ["2026-07-01T09:30:00+02:00", Date.UTC(2026, 6, 1, 7, 30)],
  ["2026-07-01T09:30:00 02:00", Date.UTC(2026, 6, 1, 7, 30)],
  ["2028-02-29", Date.UTC(2028, 1, 29)],
  ["90s", now - 90_000],
  ["15m", now - 900_000],
  ["24h", now - 86_400_000],
  ["7d", now - 604_800_000],
  ["2w", now - 1_209_600_000],
])("%s is a moment", (text, expected) => {
  const moment = momentFrom(text, now);

  expect(moment).toBe(expected);
});

test.each([
  "",
  "now",
  "7",
  "7y",
  "-7d",
  "7days",
  "2026",
  "2026-07-01T09:30",
  "2026-13-01",
  "2026-02-29",
  "2026-02-30T09:30:00Z",
  "2026-06-31",
  "since 2026-07-01",
  "01.07.2026",
  "1782900000000",
])("%s is none", (text) => {
  const moment = momentFrom(text, now);

  expect(moment).toBeUndefined();
});

test("every time that is printed as ISO 8601 is read back", () => {
  const times = date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });

  assert(
    property(times, (time) => {
      expect(momentFrom(time.toISOString(), now)).toBe(time.getTime());
    }),
  );
});
