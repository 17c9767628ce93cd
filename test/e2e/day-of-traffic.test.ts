import { expect, test } from "vitest";
import { createSandbox, virtualClock, type Sandbox } from "../../src/sandbox/index.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { startTestApp, type TestApp } from "../support/program/app.ts";
import { testSecret } from "../support/program/client.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** All at once, for the whole day; outages come on top. */
const faults = {
  duplicate: 0.1,
  reorder: 0.3,
  delayMs: 20_000,
  wrongSignature: 0.05,
  cut: 0.05,
  slowBody: 0.02,
  slowBodyMs: 2_000,
  burstMs: 5_000,
};

const channels = ["sms", "rcs", "whatsApp", "mms", "fbMessenger", "nativePush", "appMessaging"];
const statuses = ["sent", "delivered", "read", "expired", "failed"];

test("after a day with outages and every fault, each message ends here as it ended at the sender", async () => {
  await using app = await startTestApp();
  await using sandbox = createSandbox({ clock: virtualClock(), seed: 63, faults });
  sandbox.webhooks.create({
    name: "day",
    url: app.url,
    secret: testSecret,
    batch: true,
    maxBatchSize: 100,
    batchTimeout: 5,
    subscriptions: statuses.map((status) => ({ type: `message.${status}` })),
  });

  await aDay(sandbox);
  await sandbox.settled();
  await app.settled();

  expect(sandbox.dead()).toEqual([]);
  expect(await statusesHere(app)).toEqual(statusesThere(sandbox));
  const seen = new Set(sandbox.deliveries().flatMap((delivery) => delivery.faults));
  expect(seen).toEqual(new Set(["delayMs", "wrongSignature", "cut", "slowBody", "outage"]));
  const { duplicates, events } = await app.stats();
  expect(duplicates).toBeGreaterThan(0);
  expect(events.obsolete).toBeGreaterThan(0);
});

/** A message every two minutes or so; twice nothing gets through for hours. */
async function aDay(sandbox: Sandbox): Promise<void> {
  const random = seededRandom(1);
  const outages = [
    [6, 8],
    [15, 19],
  ] as const;
  for (let hour = 0; hour < 24; hour += 1) {
    sandbox.setFaults({ outage: outages.some(([from, to]) => hour >= from && hour < to) });
    for (let sent = 0; sent < 30; sent += 1) {
      const channel = channels[Math.floor(random() * channels.length)] ?? "sms";
      sandbox.send({ to: { phoneNumber: "447700900123" }, body: "Hello", rules: [channel] });
      await sandbox.advance(hourMs / 30);
    }
  }
}

const statusesThere = (sandbox: Sandbox): ReadonlyMap<string, string> =>
  new Map(sandbox.messages().map(({ messageId = "", status = "" }) => [messageId, status]));

/** Of each message, the event that no other one made obsolete. */
async function statusesHere(app: TestApp): Promise<ReadonlyMap<string, string>> {
  const newest = new Map<string, { readonly revision: number; readonly status: string }>();
  for (const { name, entity, revision, status } of (await app.events()).values()) {
    const id = entity.replace("message:", "");
    const known = newest.get(id)?.revision ?? -1;
    if (status === "handled" && (revision ?? 0) > known)
      newest.set(id, { revision: revision ?? 0, status: name.replace("message.", "") });
  }
  return new Map([...newest].map(([id, { status }]) => [id, status]));
}
