import { expect, test } from "vitest";
import { testApi } from "../../test/support/program/api.ts";
import { recordedLog } from "../testing/recorded-log.ts";

test("tells what the engines are and what they keep", async () => {
  const { call } = testApi();

  const { status, json } = await call("GET", "/api/v1/engines");

  const memory = { engine: "memory", durability: expect.stringContaining("Nothing survives"), warnings: [] };
  expect(status).toBe(200);
  expect(json).toEqual({ queue: memory, ledger: memory });
});

test.each(["queue", "ledger"] as const)(
  "tells of the other one while the %s does not answer",
  async (away) => {
    const { log, lines } = recordedLog();
    const { call, parts } = testApi({ log });
    await parts[away].close();

    const { status, json } = await call("GET", "/api/v1/engines");

    const memory = {
      engine: "memory",
      durability: expect.stringContaining("Nothing survives"),
      warnings: [],
    };
    expect(status).toBe(200);
    expect(json).toEqual({ queue: memory, ledger: memory, [away]: null });
    const fields: unknown = expect.objectContaining({ part: away });
    expect(lines).toEqual([{ level: "warn", fact: "api.unavailable", fields }]);
  },
);
