import { expect, test } from "vitest";
import { createSandbox, type Limits, sandboxApp, virtualClock } from "../sandbox/index.ts";
import { type ClientOptions, createClient } from "./index.ts";

/** A sandbox in this process and a client of it, whose pauses move the sandbox's clock. */
function aSandbox(
  form: "token" | "user",
  limits: Partial<Limits> = {},
  options: Partial<ClientOptions> = {},
) {
  const sandbox = createSandbox({ clock: virtualClock() });
  const { token, user, password, apiSpaceId } = sandbox.credentials;
  const app = sandboxApp(sandbox, { limits });
  const client = createClient({
    api: "http://127.0.0.1:4010",
    ...(form === "token" ? { token, apiSpaceId } : { user, password }),
    fetch: (request) => app.fetch(request),
    world: { now: () => sandbox.clock.now(), random: () => 0, sleep: (ms) => sandbox.advance(ms) },
    ...options,
  });
  return { sandbox, client };
}

const toPhone = { to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] };

test.each(["token", "user"] as const)("everything works with a %s", async (form) => {
  const { sandbox, client } = aSandbox(form);

  const made = await client.webhooks.create({ name: "a", url: "http://a.example/", secret: "s" });
  const changed = await client.webhooks.update(made.id, { name: "b" });
  const [listed] = await client.webhooks.list();
  await client.webhooks.remove(made.id, { ifMatch: changed.etag ?? "" });
  const sent = await client.messages.send(toPhone);
  const items = await client.messages.sendBatch([toPhone, toPhone]);
  await sandbox.settled();
  const read = await client.messages.get(sent.messageId);
  const from = new Date(Date.UTC(2025, 11, 31)).toISOString();
  const counts = await client.analytics.messages({
    from,
    to: new Date(sandbox.clock.now() + 1).toISOString(),
  });

  expect(changed).toMatchObject({
    name: "b",
    secret: "s",
    updatedOn: expect.any(String),
    etag: expect.any(String),
  });
  expect([changed.etag === made.etag, listed?.name]).toEqual([false, "b"]);
  expect(await client.webhooks.list()).toEqual([]);
  expect(items.map(({ index }) => index)).toEqual([0, 1]);
  expect([sent.channel, read.channel, read.createdOn]).toEqual(["sms", "sms", expect.any(String)]);
  expect(counts.reduce((sum, { attempted = 0 }) => sum + attempted, 0)).toBe(3);
  expect(await client.profiles.messages("nobody")).toEqual([]);
});

test("a change of a version that is not the newest is refused", async () => {
  const { client } = aSandbox("token");
  const made = await client.webhooks.create({ name: "a", url: "http://a.example/" });
  await client.webhooks.update(made.id, { name: "b" });

  const stale = client.webhooks.update(made.id, { name: "c" }, { ifMatch: made.etag ?? "" });

  await expect(stale).rejects.toMatchObject({ code: "SENDER_STALE", status: 412 });
});

test("a body that the API refuses is told with its path", async () => {
  const { client } = aSandbox("token");

  const refused = client.webhooks.create({ name: "a", url: "http://a.example/", maxBatchSize: 501 });

  await expect(refused).rejects.toMatchObject({
    code: "SENDER_REFUSED",
    places: [expect.objectContaining({ path: "$.maxBatchSize" })],
  });
});

test("more calls than a minute allows wait for the next one; the older scheme is told", async () => {
  const today = aSandbox("user", { rateLimit: 2 });
  const older = aSandbox("user", { rateLimit: 2, legacyRateLimit: true });
  const startedAt = today.sandbox.clock.now();

  for (let call = 0; call < 3; call += 1) await today.client.webhooks.list();
  await older.client.webhooks.list();
  await older.client.webhooks.list();

  expect(today.sandbox.clock.now() - startedAt).toBe(60_000);
  await expect(older.client.webhooks.list()).rejects.toMatchObject({
    code: "SENDER_RATE_LIMITED",
    status: 400,
  });
});

test("an account of another region is told its host, which then works", async () => {
  const wrong = aSandbox("user", { region: "r2" });
  const right = aSandbox("user", { region: "r2" }, { api: "http://127.0.0.1:4010/r2" });

  await expect(wrong.client.webhooks.list()).rejects.toThrow(
    "This account is in another region (403): use http://127.0.0.1:4010/r2 instead of http://127.0.0.1:4010.",
  );
  expect(await right.client.webhooks.list()).toEqual([]);
  expect(await right.client.account()).toMatchObject({ host: "http://127.0.0.1:4010/r2" });
});
