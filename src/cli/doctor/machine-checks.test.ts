import { expect, test } from "vitest";
import { checkClock, checkNode } from "./machine-checks.ts";

test.for([
  ["v24.0.0", "ok"],
  ["v26.1.0", "ok"],
  ["v22.20.0", "fail"],
  ["v9.11.2", "fail"],
] as const)("Node %s: %s", ([version, level]) => {
  expect(checkNode(version)).toMatchObject({ level, says: version });
});

const now = Date.parse("2026-11-28T12:00:00.000Z");
const at = (ms: number): string => new Date(now + ms).toUTCString();

test.for([
  [undefined, "ok", "2026-11-28T12:00:00.000Z, compared with no other clock"],
  ["yesterday or so", "ok", "2026-11-28T12:00:00.000Z, compared with no other clock"],
  [at(5_000), "ok", "2026-11-28T12:00:00.000Z, as at the server"],
  [at(-5_000), "ok", "2026-11-28T12:00:00.000Z, as at the server"],
  [at(-6_000), "warn", "It is 6.0 s ahead of the server's."],
  [at(90_000), "warn", "It is 1m 30s behind the server's."],
] as const)("a clock beside that of a server at %s: %s", ([serverDate, level, says]) => {
  expect(checkClock(now, serverDate)).toMatchObject({ level, says });
});

test.for([
  ["2024-12-31T23:59:59.999Z", "fail"],
  ["2025-01-01T00:00:00.000Z", "ok"],
  ["2100-12-31T23:59:59.999Z", "ok"],
  ["2101-01-01T00:00:00.000Z", "fail"],
] as const)("a clock that says %s: %s", ([moment, level]) => {
  expect(checkClock(Date.parse(moment))).toMatchObject({ level });
});
