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
      cure: "docs/engines/postgres.md says how to set up the server.",
    },
    {
      level: "warn",
      topic: "Ledger",
      says: "Workers of 2 queues share this ledger, a:1?x=1. and b: events wait.",
      cure: "Stop the workers of one. Or write the same URL.",
    },
  ]);
});

test.for([
  ["Valkey 8.1", "docs/engines/redis.md"],
  ["RabbitMQ 4.0", "docs/engines/rabbitmq.md"],
  ["SQLite 3.50", "docs/engines.md"],
] as const)("the page about %s is %s", ([engine, page]) => {
  const [, check] = reportChecks("Queue", { engine, durability: "Kept.", warnings: ["It is slow."] });

  expect(check?.cure).toBe(`${page} says how to set up the server.`);
});

test("what an engine says to do may have several lines", () => {
  const warnings = ["It is slow. Do this:\nand that."];

  const [, check] = reportChecks("Queue", { engine: "NATS 2", durability: "Kept.", warnings });

  expect(check).toMatchObject({ says: "It is slow.", cure: "Do this:\nand that." });
});

test("an engine that does not answer fails", () => {
  expect(reportChecks("Queue", null)).toEqual([
    {
      level: "fail",
      topic: "Queue",
      says: "It does not answer the Hookwell that doctor asked.",
      cure: "The log there says why.",
    },
  ]);
});
