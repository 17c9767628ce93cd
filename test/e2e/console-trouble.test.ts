import { describe, expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { startTestApp } from "../support/program/app.ts";
import { hasBrowser, ownBrowser } from "../support/program/browser.ts";
import { answers } from "../support/servers/engines.ts";
import { goTo, shown, shows, signIn, startConsole } from "../support/program/console.ts";
import { PostgresServer } from "../support/servers/postgres-server.ts";

const world = { random: seededRandom(51), now: Date.now };
const hasPostgres = await answers("postgres");
const anEvent = () => freshEvent("message.sent", world);
const browser = ownBrowser();

describe.skipIf(!hasBrowser)("the console, when not all is well,", () => {
  test("lets nobody in without the token", async () => {
    await using app = await startTestApp();
    const { page, troubles } = await browser.open(`${app.url}console/`);

    await signIn(page, "not the token");
    await shows(page, "This is not the token of this Hookwell.");
    await page.reload();
    // No header can carry it.
    await signIn(page, "to – ken");

    await shows(page, "This is not the token of this Hookwell.");
    expect(troubles).toEqual([]);
    await page.close();
  });

  test("shows what anybody sent as text, and lets nothing of it run", async () => {
    await using world = await startConsole(browser);
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

  test("says that it did not load, if a browser or a proxy has an old page", async () => {
    await using app = await startTestApp();
    const { page } = await browser.open("about:blank");
    await page.route("**/assets/*", (route) => route.fulfill({ status: 404 }));
    await page.goto(`${app.url}console/`);

    await eventually(async () => expect(await page.innerText("body")).toMatch("The console did not load."));
    await page.close();
  });

  test("asks for the body of an event until it comes, and says meanwhile why it does not", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await app.send(anEvent());
    await app.settled();
    const error = { code: "LEDGER_UNAVAILABLE", message: "The ledger is away." };
    await page.route("**/body", (route) => route.fulfill({ status: 503, json: { error } }));
    await goTo(page, "Events");
    await goTo(page, "message.sent");
    await shows(page, "The ledger is away.");

    await page.unroute("**/body");

    await shows(page, '"name": "message.sent"');
    expect(await shown(page)).not.toContain("The ledger is away.");
  });

  test("says that an answer is still to come, on each page", async () => {
    await using world = await startConsole(browser);
    const { page } = world;
    await shows(page, "SQLite");
    await page.route("**/api/**", () => undefined);

    for (const way of ["events", "events/e1", "entities/e1", "dead-letters", "quarantine", ""]) {
      await page.goto(new URL(`#/${way}`, page.url()).href);
      await page.reload();
      await shows(page, "Loading…");
    }

    await page.unrouteAll({ behavior: "ignoreErrors" });
    await page.reload();

    await shows(page, "SQLite");
    expect(await shown(page)).not.toContain("Loading…");
  });

  test("shows marks that turn text around, and errors of many lines line by line", async () => {
    const handler = (): Promise<void> => Promise.reject(new Error("first line\n    at second line\u202e"));
    const env = { HOOKWELL_MAX_ATTEMPTS: "1" };
    await using world = await startConsole(browser, { env, handlers: { "*": handler } });
    const { app, page } = world;
    const event = anEvent();
    await app.send({ ...event, payload: { ...event.payload, id: "user\u202egpj.exe" } });
    await app.send("{\u0000\u2066", { signature: null });
    await app.settled();

    await goTo(page, "Dead letters 1");
    await shows(page, "message:user\\u202egpj.exe");
    await goTo(page, "message.sent");
    await shows(page, '"id": "user\\u202egpj.exe"');
    await shows(page, "Error: first line\n    at second line\\u202e");
    await goTo(page, "Quarantine 1");
    await page.getByText("The request has no signature.").click();

    await shows(page, "{\\u0000\\u2066");
    // oxlint-disable-next-line no-control-regex -- it is what is looked for
    expect(await page.content()).not.toMatch(/[\u0000\u202e\u2066]/);
  });

  test("asks for the numbers once, not for each who shows them", async () => {
    await using world = await startConsole(browser);
    const { page } = world;
    let asked = 0;
    await page.route("**/stats", () => void (asked += 1));
    await page.reload();

    await shows(page, "SQLite");

    expect(asked).toBe(1);
  });

  test("says that the number of what waits is without that of a server that is away", async () => {
    await using world = await startConsole(browser);
    const { page } = world;
    await page.route("**/stats", async (route) => {
      const stats = (await (await route.fetch()).json()) as object;
      await route.fulfill({
        json: { ...stats, queue: { depth: 0, oldestAgeMs: 0, spilled: 0, isAway: true } },
      });
    });

    await page.reload();

    await shows(page, "the server may hold more: it does not report all");
    expect(await shown(page)).toMatch(/In the queue\s+0/);
  });

  test.skipIf(!hasPostgres).each([
    ["Queue", "HOOKWELL_QUEUE", /In the queue\s+0\s[^]*handled\s+0/],
    ["Ledger", "HOOKWELL_LEDGER", /In the queue\s+0\s[^]*handled\s+–/],
  ])("says that the %s hangs, and what the other one is and has", async (part, setting, numbers) => {
    await using server = await PostgresServer.start();
    await using world = await startConsole(browser, { env: { [setting]: server.url } });
    const { page } = world;
    const card = (text: string) => page.locator(".card").filter({ hasText: text });
    await shows(page, "PostgreSQL");
    await server.pause();
    try {
      await page.reload();

      await shows(page, "SQLite");
      expect(await card(part).innerText()).toMatch("does not answer");
      expect(await page.locator(".card").count()).toBe(2);
      await eventually(async () => expect(await shown(page)).toMatch(numbers));
    } finally {
      await server.resume();
    }

    // What takes long to answer is asked more rarely.
    await eventually(async () => expect(await shown(page)).toMatch("PostgreSQL"), 40_000);
    await eventually(async () => expect(await shown(page)).not.toMatch("does not answer"), 40_000);
  });

  test("says that a timeline is not all that came of an entity, and does not ask for all of it again and again", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    const event = anEvent();
    const updates = Array.from({ length: 300 }, (_, revision) => ({
      ...event,
      eventId: `e${revision}`,
      revision,
    }));
    await app.send(updates);
    await app.settled();
    await goTo(page, "Events");
    await page
      .getByRole("link", { name: /^message:/ })
      .first()
      .click();

    await shows(page, /Events\s+the newest 100; list all/);
    const revisions = await page.locator("tbody .revision").allInnerTexts();
    expect(revisions).toEqual(Array.from({ length: 100 }, (_, index) => String(200 + index)));
    const polled = await page.waitForResponse(/\/entities\//);
    expect((await polled.body()).length).toBeLessThan(100_000);

    await goTo(page, "list all");
    await eventually(() => expect(page.url()).toMatch(/#\/events\?entity=message/));
  });

  test("says that Hookwell is away, and goes on with what it has", async () => {
    await using world = await startConsole(browser);
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
