import { expect, test } from "vitest";
import { testApi } from "../../test/support/api.ts";

test("tells what the engines are and what they keep", async () => {
  const { call } = testApi();

  const { status, json } = await call("GET", "/api/v1/engines");

  const memory = { engine: "memory", durability: expect.stringContaining("Nothing survives"), warnings: [] };
  expect(status).toBe(200);
  expect(json).toEqual({ queue: memory, ledger: memory });
});
