import { expect, test } from "vitest";
import { reportChecks } from "./report-checks.ts";

test("a warning of an engine has the cure that it says itself, else the page about the server", () => {
  const warnings = [
    "fsync is off: a power cut can lose events.",
    "Workers of 2 queues share this ledger, a:1?x=1. and b: events wait. Stop the workers of one. Or write the same URL.",
  ];

  const checks = reportChecks("Ledger", { engine: "PostgreSQL 17.2", durability: "On the disk.", warnings });

  expect(checks).toEqual([
    { level: "ok", topic: "Ledger", says: "PostgreSQL 17.2: On the disk." },
    {
      level: "warn",
      topic: "Ledger",
      says: "fsync is off: a power cut can lose events.",
      cure: "docs/engines/postgres.md tells how to set the server up.",
    },
    {
      level: "warn",
      topic: "Ledger",
      says: "Workers of 2 queues share this ledger, a:1?x=1. and b: events wait.",
      cure: "Stop the workers of one. Or write the same URL.",
    },
  ]);
});

test("an engine that does not answer fails", () => {
  expect(reportChecks("Queue", null)).toEqual([
    {
      level: "fail",
      topic: "Queue",
      says: "It does not answer the Hookwell that was asked.",
      cure: "The log there says why.",
    },
  ]);
});
