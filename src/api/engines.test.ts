import { expect, test } from "vitest";
import { testApi } from "../../test/support/api.ts";
import { leveledLog } from "../log.ts";

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
    const log: unknown[] = [];
    const { call, parts } = testApi({
      log: leveledLog("warn", (_, fact, fields) => log.push({ fact, fields })),
    });
    await parts[away].close();

    const { status, json } = await call("GET", "/api/v1/engines");

    const memory = {
      engine: "memory",
      durability: expect.stringContaining("Nothing survives"),
      warnings: [],
    };
    expect(status).toBe(200);
    expect(json).toEqual({ queue: memory, ledger: memory, [away]: null });
    expect(log).toEqual([{ fact: "api.unavailable", fields: expect.objectContaining({ part: away }) }]);
  },
);
