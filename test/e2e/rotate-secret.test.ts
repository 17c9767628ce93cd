import { setInterval } from "node:timers";
import { expect, test } from "vitest";
import { readSecrets } from "../../src/config/secrets/secrets.ts";
import { createSandbox, sandboxApp } from "../../src/sandbox/index.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestApp } from "../support/program/app.ts";
import { testToken } from "../support/program/client.ts";
import { runCli, startCli, type CliWorld } from "../support/program/cli.ts";

test("a secret is rotated under load, and no delivery is refused", { timeout: 30_000 }, async () => {
  await using app = await startTestApp();
  await using sandbox = createSandbox();
  const { token, apiSpaceId } = sandbox.credentials;
  const api = sandboxApp(sandbox);
  const world: CliWorld = {
    cwd: app.data,
    env: {
      HOOKWELL_DATA: app.data,
      HOOKWELL_TOKEN: testToken,
      HOOKWELL_API: "http://sandbox.test",
      HOOKWELL_API_TOKEN: token,
      HOOKWELL_API_SPACE: apiSpaceId,
    },
    fetch: (request) => api.fetch(request),
  };
  const options = ["--url", app.url, "--name", "old", "--events", "message.*", "--generate-secret"];
  await runCli(["webhooks", "create", ...options], world);
  const id = sandbox.webhooks.list()[0]?.webhook.id ?? "";
  const load = setInterval(() => sandbox.emit("message.sent"), 5);
  await eventually(() => expect(sandbox.deliveries().length).toBeGreaterThan(10));

  const rotation = startCli(["webhooks", "rotate-secret", id, "--to", "new", "--quiet", "1s"], world);
  const code = await rotation.exit;
  const before = sandbox.deliveries().length;
  await eventually(() => expect(sandbox.deliveries().length).toBeGreaterThan(before + 10));
  clearInterval(load);

  const { secrets } = await app.stats();
  expect([code, rotation.stderr()]).toEqual([0, expect.stringContaining('"old" is retired.')]);
  expect((await readSecrets(app.data)).map(({ name }) => name)).toEqual(["new"]);
  expect(secrets.find(({ name }) => name === "new")?.hits).toBeGreaterThan(10);
  expect(new Set(sandbox.deliveries().map(({ status }) => status ?? 200))).toEqual(new Set([200]));
  expect(await app.quarantine()).toEqual([]);
});
