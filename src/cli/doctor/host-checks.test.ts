import { expect, test } from "vitest";
import { hostChecks } from "./host-checks.ts";

test.each(["redis", "amqp", "nats"])("hosts of %s are not asked as PostgreSQL is", async (scheme) => {
  expect(await hostChecks("Queue", "queue", `${scheme}://127.0.0.1:1,127.0.0.1:2`)).toEqual([]);
});

test.each(["postgres", "postgresql"])("each of several hosts of %s that is away is told", async (scheme) => {
  const checks = await hostChecks("Queue", "queue", `${scheme}://me@127.0.0.1:1,127.0.0.1:2/a`);

  expect(checks.map(({ says }) => says)).toEqual([
    "127.0.0.1:1 could not take over: nothing listens there.",
    "127.0.0.1:2 could not take over: nothing listens there.",
  ]);
});
