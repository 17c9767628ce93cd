import { expect, test } from "vitest";
import { testServer } from "../../../test/support/network/http-server.ts";
import { loadConfig } from "../../config/load-config.ts";
import type { Check } from "./check.ts";
import { checkPort } from "./port-check.ts";

async function checked(env: Readonly<Record<string, string>>, isInUse = false): Promise<readonly Check[]> {
  return checkPort(await loadConfig({ env, flags: {}, cwd: "/" }), [], { isInUse });
}

test("any port that is free is found, and one that is taken is told", async () => {
  await using server = await testServer(() => undefined);
  const { port } = new URL(server.url);

  const [any] = await checked({ PORT: "0" });
  const [taken] = await checked({ PORT: port });

  expect(any).toMatchObject({ level: "ok", says: "any that is free" });
  expect(taken).toMatchObject({ level: "fail", says: `${port} on 127.0.0.1 is in use by another program.` });
});

test("one that is taken is no fault where somebody's own server has the history", async () => {
  await using server = await testServer(() => undefined);

  const [taken] = await checked({ PORT: new URL(server.url).port }, true);

  expect(taken).toMatchObject({
    level: "ok",
    says: expect.stringContaining("if your own server listens there"),
  });
});

test("an address that is not of this machine is told with what to set", async () => {
  const [check] = await checked({ PORT: "0", HOST: "192.0.2.1" });

  expect(check).toEqual({
    level: "fail",
    topic: "Port",
    says: "No program can listen on 192.0.2.1 (EADDRNOTAVAIL).",
    cure: "Set HOST to 127.0.0.1 or 0.0.0.0.",
  });
});
