import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { hasBrowser, ownBrowser } from "../support/program/browser.ts";
import { goTo, shows, startConsole } from "../support/program/console.ts";

const world = { random: seededRandom(53), now: Date.now };
const anEvent = () => freshEvent("message.failed", world);
const browser = ownBrowser();

const small = { width: 360, height: 760 };

describe.skipIf(!hasBrowser)("the console on a phone", () => {
  test("shows all of a row without a step aside, on each page", async () => {
    const handler = (): Promise<void> => Promise.reject(new Error(`No: ${"x".repeat(200)}`));
    const env = { HOOKWELL_MAX_ATTEMPTS: "1" };
    await using world = await startConsole(browser, { env, handlers: { "*": handler } });
    const { app, page } = world;
    await page.setViewportSize(small);
    const event = anEvent();
    await app.send({ ...event, payload: { ...event.payload, id: "order-".repeat(40) } });
    await app.send({ ...anEvent(), name: "a.name.that.is.long".repeat(9) });
    await app.send("{", { signature: null });
    await app.settled();

    await shows(page, /dead\s+2/);
    expect(await beside(page)).toEqual([]);
    await goTo(page, "Events");
    await shows(page, "message.failed");
    expect(await beside(page)).toEqual([]);
    await goTo(page, "Dead letters 2");
    await shows(page, "message.failed");
    expect(await beside(page)).toEqual([]);
    await goTo(page, "message.failed");
    await shows(page, "Attempts");
    await shows(page, '"eventId"');
    expect(await beside(page)).toEqual([]);
    await goTo(page, /^message:/);
    await shows(page, /Now\s+message\.failed/);
    expect(await beside(page)).toEqual([]);
    await goTo(page, "Quarantine 1");
    await page.getByText("The request has no signature.").click();
    await eventually(async () => expect(await page.locator("pre").innerText()).toBe("{"));
    expect(await beside(page)).toEqual([]);
  });

  test("breaks the address of a server in a warning", async () => {
    await using world = await startConsole(browser);
    const { page } = world;
    await page.setViewportSize(small);
    const engine = { engine: "RabbitMQ", durability: "On disks.", warnings: [`amqp://${"hook".repeat(20)}`] };
    await page.route("**/engines", (route) => route.fulfill({ json: { queue: engine, ledger: engine } }));
    await page.reload();

    await shows(page, "amqp://");

    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(small.width);
  });
});

/** What is only seen when somebody scrolls sideways. */
const beside = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`
    Array.from(document.querySelectorAll("main *, header *"))
      .filter((part) => part.getBoundingClientRect().right > ${small.width})
      .map((part) => part.tagName + " " + part.textContent)
  `);
