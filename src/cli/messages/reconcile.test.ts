import { expect, test } from "vitest";
import { testApi, type TestApi } from "../../../test/support/program/api.ts";
import { settledBy } from "../../../test/support/program/settled-by.ts";
import { webReceiver } from "../../adapters/web.ts";
import type { EntityResponse } from "../../api/contract.ts";
import { createClient } from "../../client/index.ts";
import { createReceive } from "../../receive/receive.ts";
import { createSandbox, sandboxApp, virtualClock, type Sandbox } from "../../sandbox/index.ts";
import { defaultScript } from "../../sandbox/lives/message-script.ts";
import { ApiClient } from "../client/api-client.ts";
import type { Missed } from "./missed.ts";
import { reconcile, type Reconciled } from "./reconcile.ts";

const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const hourMs = 3_600_000;
const statuses = ["sent", "delivered", "read", "expired", "failed"];

/** A sandbox, and a Hookwell that it delivers to; both live by one clock. */
function aWorld() {
  const clock = virtualClock();
  const api = testApi({ now: () => clock.now() });
  const receive = createReceive({
    ...api.parts,
    quarantine: { add: async () => undefined, addIfRoom: () => undefined, keeps: () => false },
    secrets: () => [{ name: "default", value: secret }],
    onVerified: () => undefined,
  });
  // Every message is sent at once, and ends an hour later.
  const end = [hourMs, 2 * hourMs] as const;
  const times = { ...defaultScript.times, delivered: end, failed: end, expired: end };
  const sandbox = createSandbox({
    clock,
    fetch: webReceiver(receive, { bodyLimit: 1 << 20 }),
    script: { ...defaultScript, outcomes: { read: 1, delivered: 1, failed: 1, expired: 1 }, times },
  });
  const subscriptions = statuses.map((status) => ({ type: `message.${status}` }));
  sandbox.webhooks.create({ name: "hookwell", url: "http://hookwell/", secret, subscriptions, batch: true });
  return { clock, api, sandbox };
}

const send = (sandbox: Sandbox, count: number): void => {
  for (let index = 0; index < count; index += 1)
    sandbox.send({ to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] });
};

/** What reconcile finds. */
async function found(
  { clock, api, sandbox }: ReturnType<typeof aWorld>,
  apply: boolean,
): Promise<{ readonly missed: ReadonlyMap<string, string>; readonly so: Reconciled }> {
  const { token, apiSpaceId } = sandbox.credentials;
  const app = sandboxApp(sandbox);
  const sender = createClient({
    api: "http://sandbox",
    token,
    apiSpaceId,
    fetch: (request) => app.fetch(request),
  });
  const ledger = new ApiClient({
    where: "the ledger",
    live: false,
    base: "http://local",
    token: undefined,
    fetch: (request) => api.api.fetch(request),
  });
  const so: Reconciled = { events: 0, asked: 0, missed: 0, queued: 0, unknown: 0, hours: null };
  const missed: Missed[] = [];
  const onMissed = (some: readonly Missed[]): void => void missed.push(...some);
  const now = clock.now();
  await reconcile({ ledger, sender, since: now - 72 * hourMs, now, apply, onMissed }, so);
  return { missed: new Map(missed.map(({ messageId, theirs }) => [messageId, theirs])), so };
}

/** The status of each message as the ledger has it. */
async function statusesIn({ call }: TestApi, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const answers = ids.map(async (id) => {
    const { json } = await call("GET", `/api/v1/entities/message:${id}`);
    return [id, (json as EntityResponse).latest.name.replace("message.", "")] as const;
  });
  return new Map(await Promise.all(answers));
}

test("after an outage longer than the sender's schedule, exactly what was missed is found, queued and found no more", async () => {
  const world = aWorld();
  const { api, sandbox } = world;
  send(sandbox, 10);
  await sandbox.settled();
  send(sandbox, 30);
  await sandbox.advance(60_000);
  const known = sandbox.messages().map(({ messageId = "" }) => messageId);
  sandbox.setFaults({ outage: true });
  send(sandbox, 1);
  await sandbox.settled();
  sandbox.setFaults({ outage: false });
  await settledBy(api);
  const record = new Map(sandbox.messages().map(({ messageId = "", status = "" }) => [messageId, status]));
  const lost = new Map(known.slice(10).map((id) => [id, record.get(id)]));

  const reported = await found(world, false);
  const applied = await found(world, true);
  await settledBy(api);
  const again = await found(world, false);

  expect(sandbox.dead().length).toBeGreaterThan(30);
  expect(reported.missed).toEqual(lost);
  expect(new Set(lost.values())).toEqual(new Set(["delivered", "read", "failed", "expired"]));
  expect(applied.so).toMatchObject({ missed: 30, queued: 30 });
  expect(await statusesIn(api, known)).toEqual(new Map(known.map((id) => [id, record.get(id) ?? ""])));
  expect(again.missed.size).toBe(0);
  // Of the last message nothing arrived: it is only counted.
  const sentOnly = again.so.hours?.filter(({ ours, theirs }) => ours.sent !== theirs.sent);
  expect(sentOnly).toMatchObject([{ ours: { sent: 30 }, theirs: { sent: 31 } }]);
});
