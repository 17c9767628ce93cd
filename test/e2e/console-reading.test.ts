import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import type { TestApp } from "../support/program/app.ts";
import { hasBrowser, ownBrowser } from "../support/program/browser.ts";
import { goTo, shown, shows, startConsole } from "../support/program/console.ts";

const world = { random: seededRandom(52), now: Date.now };
const anEvent = (name: "message.sent" | "message.failed" = "message.sent") => freshEvent(name, world);
const browser = ownBrowser();

async function sendMany(app: TestApp, count: number): Promise<void> {
  await app.send(Array.from({ length: count }, () => anEvent()));
  await app.settled();
}

const news = "There are new entries.";
const names = (page: Page) => page.locator("tbody tr a[href*='events']");
const scrolled = (page: Page) => page.evaluate<number>("window.scrollY");

/** Scrolls far down in the events; a row that is seen then, and where. */
async function readDown(page: Page) {
  await goTo(page, "Events");
  await eventually(async () => expect(await names(page).count()).toBe(50));
  const row = names(page).nth(40);
  await row.scrollIntoViewIfNeeded();
  await eventually(async () => expect(await page.evaluate("history.state?.top")).toBe(await scrolled(page)));
  return { row, place: await row.boundingBox() };
}

/** What is asked of it in the page. */
interface Row {
  scrollIntoView(): void;
  click(): void;
  getBoundingClientRect(): { readonly top: number };
}

describe.skipIf(!hasBrowser)("whoever reads in the console", () => {
  test("comes back from an event to the same place of a long list, however slow the server is", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await sendMany(app, 101);
    await goTo(page, "Events");
    await goTo(page, "Older");
    await shows(page, "Newest");
    const row = names(page).nth(40);
    await row.scrollIntoViewIfNeeded();
    const place = await row.boundingBox();
    const link = await row.getAttribute("href");

    await row.press("Enter");
    await shows(page, "Attempts");
    expect(await scrolled(page)).toBe(0);
    await page.route("**/events?*", () => undefined);
    await page.goBack();

    await eventually(async () =>
      expect(await page.locator(`a[href="${link}"]`).boundingBox()).toEqual(place),
    );
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("comes back to the same place of a long list also from a row that was taken while it still moved", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await sendMany(app, 50);
    await goTo(page, "Events");
    const row = names(page).nth(40);
    const link = await row.getAttribute("href");
    const top = await row.evaluate((one: Row) => {
      one.scrollIntoView();
      const { top } = one.getBoundingClientRect();
      one.click();
      return top;
    });
    await shows(page, "Attempts");
    await page.reload();
    await shows(page, "Attempts");

    await page.goBack();

    await eventually(async () => {
      expect((await page.locator(`a[href="${link}"]`).boundingBox())?.y).toBeCloseTo(top, 0);
    });
  });

  test("finds a long list that is reloaded at the same place", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await sendMany(app, 50);
    const { row, place } = await readDown(page);

    await page.reload();

    await eventually(async () => expect(await row.boundingBox()).toEqual(place));
  });

  test("comes back to the same place of a long list although the event was reloaded", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await sendMany(app, 50);
    const { row, place } = await readDown(page);
    const link = await row.getAttribute("href");
    await row.press("Enter");
    await shows(page, "Attempts");

    await page.reload();
    await shows(page, "Attempts");
    await page.goBack();

    await eventually(async () => expect(await row.boundingBox()).toEqual(place));
    expect(await page.locator("a:focus").getAttribute("href")).toBe(link);
  });

  test("finds each list from its beginning, wherever the one before was left", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await sendMany(app, 101);
    await goTo(page, "Events");

    await goTo(page, "Older");
    await shows(page, "Newest");
    await page.evaluate("window.scrollTo(0, 900)");

    await page.evaluate("location.hash = '#/events'");

    await eventually(async () => expect(await shown(page)).not.toContain("Newest"));
    expect(await scrolled(page)).toBe(0);
  });

  test("does not lose the place in a list whose beginning is scrolled away, and is told of news", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await sendMany(app, 50);
    await goTo(page, "Events");
    await eventually(async () => expect(await names(page).count()).toBe(50));
    await page.mouse.move(0, 0);
    await page.evaluate("window.scrollTo(0, 900)");
    const row = names(page).nth(40);
    const place = await row.boundingBox();

    await app.send(anEvent("message.failed"));
    await shows(page, news);
    expect(await row.boundingBox()).toEqual(place);
    expect(await names(page).first().innerText()).toBe("message.sent");
    await page.getByRole("button", { name: "Show" }).click();

    await eventually(async () => expect(await names(page).first().innerText()).toBe("message.failed"));
    expect(await scrolled(page)).toBe(0);
  });

  test("does not lose the row that the keyboard is on", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await sendMany(app, 1);
    await goTo(page, "Events");
    await shows(page, "message.sent");
    await page.mouse.move(0, 0);
    await page.getByRole("button", { name: "Filter" }).focus();
    await page.keyboard.press("Tab");

    await app.send(anEvent("message.failed"));
    await shows(page, news);
    expect(await names(page).allInnerTexts()).toEqual(["message.sent"]);
    await page.getByLabel("Name").focus();

    await eventually(async () =>
      expect(await names(page).allInnerTexts()).toEqual(["message.failed", "message.sent"]),
    );
    expect(await shown(page)).not.toContain(news);
  });

  test("does not lose a request that is open", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await app.send(anEvent(), { signature: "00" });
    await goTo(page, "Quarantine 1");
    await page.getByText("The signature matches no active secret.").click();
    await page.mouse.click(0, 0);

    await app.send(anEvent(), { signature: null });
    await shows(page, news);
    expect(await shown(page)).not.toContain("The request has no signature.");
    await page.getByText("The signature matches no active secret.").click();
    await page.mouse.click(0, 0);

    await shows(page, "The request has no signature.");
  });

  test("costs nothing while the tab is not in front, and sees at once what came meanwhile", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await page.clock.install();
    await page.reload();
    await goTo(page, "Events");
    await shows(page, "No event has been processed yet.");
    await hide(page, true);
    await page.clock.pauseAt(Date.now() + 60_000);
    let asked = 0;
    await page.route("**/api/**", async (route) => {
      asked += 1;
      await route.continue();
    });

    await sendMany(app, 1);
    await page.clock.runFor(3_600_000);
    expect(asked).toBe(0);
    await hide(page, false);

    await shows(page, "message.sent");
  });

  test("asks more rarely for what is hard to answer, so that looking on takes nothing from the events", async () => {
    await using world = await startConsole(browser);
    const { page } = world;
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    let asked = 0;
    await page.route("**/events?*", async (route) => {
      asked += 1;
      await page.clock.runFor(1_000);
      await route.continue();
    });
    await goTo(page, "Events");
    await shows(page, "No event has been processed yet.");

    await page.clock.runFor(9_000);
    // Comes after whatever was asked before it.
    await page.evaluate("fetch('./icon.svg').then(() => undefined)");
    expect(asked).toBe(1);
    await page.clock.runFor(1_000);

    await eventually(() => expect(asked).toBe(2));
    await page.unrouteAll({ behavior: "wait" });
  });
});

/** As when another tab comes in front of it, which a browser without a screen does not tell. */
const hide = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate(`
    Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
