import { expect, test } from "vitest";
import { addSecret } from "../../src/config/secrets/secrets.ts";
import { sign } from "../../src/event/signature.ts";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import type { SampleEvent } from "../../src/sandbox/samples.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { startTestApp } from "../support/program/app.ts";
import { testSecret, testToken } from "../support/program/client.ts";
import { startProgram } from "../support/program/process.ts";
import { ask } from "../support/network/raw-http.ts";
import { tempFolder } from "../support/temp-folder.ts";

const world = { random: seededRandom(11), now: Date.now };
const anEvent = (): SampleEvent => freshEvent("message.sent", world);
const several = (length: number): readonly SampleEvent[] => Array.from({ length }, anEvent);

test("over the high-water mark good events get 503 and nothing of them is kept, until there is room again", async () => {
  const gate = Promise.withResolvers<void>();
  await using app = await startTestApp({
    env: { HOOKWELL_QUEUE_MAX: "3" },
    handlers: { "*": () => gate.promise },
  });
  await app.send(several(3));
  const late = anEvent();

  const refused = await app.send(late);
  const mixed = await app.send([late, "unusable"]);
  const others = [await app.send(late, { signature: null }), await app.send("{"), await app.send("[]")];

  expect([refused.status, mixed.status]).toEqual([503, 503]);
  expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
  expect(others.map(({ status }) => status)).toEqual([401, 400, 200]);
  expect((await app.quarantine()).map(({ kind }) => kind)).toEqual(["malformed", "unsigned"]);
  gate.resolve();
  await eventually(async () => expect((await app.send(late)).status).toBe(200));
  await app.settled();
  expect(app.handled.length).toBe(4);
});

test("an answer is given only for what survives a crash in the very next moment", async () => {
  await using folder = await tempFolder();
  const events = several(3);
  for (const event of events) {
    await using program = await startProgram({ folder: folder.path, parts: "receive" });

    const [accepted, malformed] = await Promise.all([program.send(event), program.send('{"name":1}')]);
    await program.kill();

    expect([accepted.status, malformed.status]).toEqual([200, 400]);
  }
  await using program = await startProgram({ folder: folder.path });
  await program.settled();
  for (const { eventId } of events) expect((await program.event(eventId))?.status).toBe("handled");
  expect((await program.quarantine()).map(({ kind }) => kind)).toEqual(Array(3).fill("malformed"));
});

test("two secrets are active during a rotation, and each counts its hits", async () => {
  await using app = await startTestApp({ env: { HOOKWELL_SECRET_OLD: "the-secret-before-this-one" } });
  const signature = sign(JSON.stringify([]), "the-secret-before-this-one");

  const answers = [await app.send([]), await app.send([]), await app.send([], { signature })];

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const { secrets } = await app.stats();
  expect(secrets.map(({ name, hits }) => [name, hits])).toEqual([
    ["default", 2],
    ["old", 1],
  ]);
  expect(secrets.map(({ lastUsedAt }) => lastUsedAt)).not.toContain(null);
});

test("a secret that is added while it runs counts from then on, and what was refused for it is taken", async () => {
  await using app = await startTestApp();
  const event = anEvent();
  const signature = sign(JSON.stringify(event), "the-secret-after-this-one");
  const before = await app.send(event, { signature });

  await addSecret(app.data, { name: "new", value: "the-secret-after-this-one" });
  await app.reload();
  const after = await app.send([], { signature: sign("[]", "the-secret-after-this-one") });
  const recheck = await app.api("/quarantine/recheck", { method: "POST" });

  expect([before.status, after.status]).toEqual([401, 200]);
  expect(recheck).toEqual({ checked: 1, accepted: 1 });
  await app.settled();
  expect(app.handled.map(({ eventId }) => eventId)).toEqual([event.eventId]);
  expect(await app.quarantine()).toEqual([]);
});

test("a recheck knows a secret that was added a moment before, also if the server has not looked for it yet", async () => {
  await using app = await startTestApp();
  const event = anEvent();
  await app.send(event, { signature: sign(JSON.stringify(event), "the-secret-after-this-one") });

  await addSecret(app.data, { name: "new", value: "the-secret-after-this-one" });
  const recheck = await app.api("/quarantine/recheck", { method: "POST" });

  expect(recheck).toEqual({ checked: 1, accepted: 1 });
});

test("events are taken on the path that is set, and on no other", async () => {
  await using app = await startTestApp({ env: { HOOKWELL_PATH: "/in/webhooks" } });
  const body = JSON.stringify(anEvent());
  const headers = { "x-comapi-signature": sign(body, "wrong") };
  const post = async (path: string): Promise<number> => (await ask(app.url, { path, headers, body })).status;

  const statuses = await Promise.all(
    ["/in/webhooks", "/in/webhooks?x=1", "/", "/in", "/in/webhooks/more", "/in/webhooksx"].map(post),
  );

  expect(statuses).toEqual([401, 401, 404, 404, 404, 404]);
});

test("GET and HEAD show that the endpoint is up, without a secret", async () => {
  await using app = await startTestApp();

  const page = await ask(app.url, { method: "GET" });
  const head = await ask(app.url, { method: "HEAD" });

  expect([page.status, head.status]).toEqual([200, 200]);
  expect(page.headers["content-type"]).toContain("text/html");
  expect(page.text).toContain("Hookwell");
  for (const inside of [testSecret, testToken, app.data]) expect(page.text).not.toContain(inside);
  expect(head.text).toBe("");
});
