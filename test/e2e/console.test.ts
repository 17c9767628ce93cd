import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { startTestApp, type TestAppOptions } from "../support/app.ts";
import { hasBrowser, startBrowser, type TestBrowser } from "../support/browser.ts";
import { testToken } from "../support/client.ts";
import { answers } from "../support/engines.ts";
import { ownSchema } from "../support/postgres-harness.ts";

const isThere = hasBrowser && (await answers("postgres"));
const world = { random: seededRandom(51), now: Date.now };
const anEvent = (name: "message.sent" | "message.failed" = "message.sent") => freshEvent(name, world);

let browser: TestBrowser;
beforeAll(async () => {
  if (hasBrowser) browser = await startBrowser();
});
afterAll(() => browser?.[Symbol.asyncDispose]());

async function signIn(page: Page, token = testToken): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** A Hookwell, and a tab that shows its console to somebody who has signed in. */
async function startConsole(options: TestAppOptions = {}) {
  const app = await startTestApp(options);
  const { page, troubles } = await browser.open(`${app.url}console/`);
  await signIn(page);
  const close = async (): Promise<void> => {
    await page.close();
    await app[Symbol.asyncDispose]();
    expect(troubles).toEqual([]);
  };
  return { app, page, [Symbol.asyncDispose]: close };
}

/** The content of the page. */
const shown = (page: Page): Promise<string> => page.locator("main").innerText();
const shows = (page: Page, text: string | RegExp): Promise<void> =>
  eventually(async () => expect(await shown(page)).toMatch(text));
const goTo = (page: Page, name: string | RegExp): Promise<void> => page.getByRole("link", { name }).click();

describe.skipIf(!hasBrowser)("the console", () => {
  test("lets nobody in without the token", async () => {
    await using app = await startTestApp();
    const { page, troubles } = await browser.open(`${app.url}console/`);

    await signIn(page, "not the token");

    await shows(page, "This is not the token of this Hookwell.");
    expect(troubles).toEqual([]);
    await page.close();
  });

  test("tells what waits, how events ended, and what queue and ledger keep through which trouble", async () => {
    await using world = await startConsole();
    const { app, page } = world;
    await app.send([anEvent(), anEvent()]);
    await app.settled();

    await shows(page, /handled\s+2/);

    expect(await shown(page)).toMatch(/Queue\s+SQLite [\d.]+\s+Flushed to this machine's disk/);
    expect(await shown(page)).toMatch(/Ledger\s+SQLite [\d.]+\s+Flushed to this machine's disk/);
    await shows(page, /Secrets\s+Name\s+Requests\s+Last used\s+default\s+1\s/);
  });

  test("leads from the list to the event and to the timeline of its entity, with every digit as it came", async () => {
    await using world = await startConsole();
    const { app, page } = world;
    const event = anEvent();
    const body = JSON.stringify(event).replace('"payload":{', '"payload":{"large":12345678901234567890,');
    await app.send(body);
    await app.settled();

    await goTo(page, "Events");
    await goTo(page, "message.sent");
    await shows(page, '"large": 12345678901234567890');
    expect(await page.title()).toBe(`${event.eventId} · Hookwell`);
    expect(await shown(page)).toContain(event.eventId);
    expect(await shown(page)).toMatch(/Attempts\s+No\.\s+Began\s+Took\s+Outcome\s+1\s/);

    await goTo(page, /^message:/);
    await shows(page, /Events\s+1/);
    expect(await shown(page)).toMatch(/Now\s+message\.sent\s+handled/);
  });

  test("shows what comes while somebody looks", async () => {
    await using world = await startConsole();
    const { app, page } = world;
    await goTo(page, "Events");
    await shows(page, "No event has been processed yet.");

    await app.send(anEvent());

    await eventually(async () => expect(await shown(page)).toContain("message.sent"));
  });

  test("finds events, and keeps what was asked for in the address", async () => {
    await using world = await startConsole();
    const { app, page } = world;
    await app.send([anEvent(), anEvent("message.failed")]);
    await app.settled();
    await goTo(page, "Events");

    await page.getByLabel("Name").fill("message.f*");
    await page.getByRole("button", { name: "Filter" }).click();
    await eventually(async () => expect(await shown(page)).not.toContain("message.sent"));
    await page.reload();

    await shows(page, "message.failed");
    expect(await shown(page)).not.toContain("message.sent");
  });

  test("pages through a long list", async () => {
    await using world = await startConsole();
    const { app, page } = world;
    const [oldest, ...others] = Array.from({ length: 51 }, () => anEvent());
    await app.send(oldest);
    await app.settled();
    await app.send(others);
    await app.settled();
    await goTo(page, "Events");
    const rows = page.locator("tbody tr");
    await eventually(async () => expect(await rows.count()).toBe(50));

    await goTo(page, "Older");
    await eventually(async () => expect(await rows.count()).toBe(1));
    await goTo(page, "Newest");

    await eventually(async () => expect(await rows.count()).toBe(50));
  });

  test("replays dead letters, after it has said how many there are", async () => {
    let broken = true;
    const handler = async (): Promise<void> => {
      if (broken) throw new Error("The shop is closed.");
    };
    const env = { HOOKWELL_MAX_ATTEMPTS: "1" };
    await using world = await startConsole({ env, handlers: { "*": handler } });
    const { app, page } = world;
    await app.send([anEvent(), anEvent()]);
    await app.settled();
    await goTo(page, "Dead letters 2");
    await shows(page, "Error: The shop is closed.");

    broken = false;
    await page.getByRole("button", { name: "Replay all" }).click();
    await shows(page, "Handle 2 events again?");
    expect((await app.stats()).events.dead).toBe(2);
    await page.getByRole("button", { name: "Replay all" }).click();

    await shows(page, "2 events are in the queue again.");
    await shows(page, "No event has failed for good.");
    expect((await app.settled()).events.handled).toBe(2);
  });

  test("removes a dead letter, after it has asked", async () => {
    const handler = (): Promise<void> => Promise.reject(new Error("No."));
    const env = { HOOKWELL_MAX_ATTEMPTS: "1" };
    await using world = await startConsole({ env, handlers: { "*": handler } });
    const { app, page } = world;
    await app.send(anEvent());
    await app.settled();
    await goTo(page, "Dead letters 1");
    await goTo(page, "message.sent");

    await page.getByRole("button", { name: "Remove" }).click();
    await shows(page, "Remove it for good?");
    expect((await app.stats()).events.dead).toBe(1);
    await page.getByRole("button", { name: "Remove" }).click();

    await shows(page, "No event has failed for good.");
    expect((await app.stats()).events.dead).toBe(0);
  });

  test("shows what anybody sent as text, and lets nothing of it run", async () => {
    await using world = await startConsole();
    const { app, page } = world;
    const evil = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    await app.send(evil, { signature: null, headers: { "x-evil": evil } });
    await app.send({ ...anEvent(), name: evil });
    await app.settled();

    await goTo(page, "Quarantine 1");
    await page.getByText("The request has no signature.").click();
    await eventually(async () => expect((await shown(page)).split(evil)).toHaveLength(3));
    await goTo(page, "Events");
    await shows(page, evil);

    expect(await page.locator("main img, main script").count()).toBe(0);
  });

  test("checks refused requests again, and removes them", async () => {
    await using world = await startConsole();
    const { app, page } = world;
    await app.send(anEvent(), { signature: "00" });
    await goTo(page, "Quarantine 1");

    await page.getByRole("button", { name: "Check again" }).click();
    await page.getByRole("button", { name: "Check again" }).click();
    await shows(page, "1 request checked, 0 accepted.");
    await page.getByText("The signature matches no active secret.").click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove" }).click();

    await shows(page, "Nothing was refused.");
    expect(await app.quarantine()).toEqual([]);
  });

  test("says that Hookwell is away, and goes on with what it has", async () => {
    await using world = await startConsole();
    const { app, page } = world;
    await app.send(anEvent());
    await app.settled();
    await goTo(page, "Events");
    await shows(page, "message.sent");

    await app.close();

    await shows(page, "Hookwell does not answer. Is it running?");
    expect(await shown(page)).toContain("message.sent");
  });
});

test.skipIf(!isThere)(
  "the console of any node shows the whole history, and what the server keeps through which trouble",
  async () => {
    await using schema = ownSchema();
    const env = { HOOKWELL_QUEUE: schema.url, HOOKWELL_LEDGER: schema.url };
    await using receiver = await startTestApp({ parts: "receive", env });
    await using worker = await startTestApp({ parts: "process", env });
    await receiver.send(anEvent());
    await worker.settled();
    await using other = await startConsole({ parts: "process", env });
    const { page } = other;

    await shows(page, /Queue\s+PostgreSQL [\d.]+\s+Each commit is on the disk.+\s+Ledger\s+PostgreSQL/);
    await goTo(page, "Events");

    await shows(page, "message.sent");
    expect((await fetch(`${receiver.url}console/`)).status).toBe(404);
  },
);
