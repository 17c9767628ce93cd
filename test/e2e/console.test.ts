import { describe, expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { startTestApp } from "../support/program/app.ts";
import { hasBrowser, ownBrowser } from "../support/program/browser.ts";
import { goTo, shown, shows, startConsole, type TestConsole } from "../support/program/console.ts";
import { answers } from "../support/servers/engines.ts";
import { ownSchema } from "../support/drivers/postgres-harness.ts";

const isThere = hasBrowser && (await answers("postgres"));
const world = { random: seededRandom(51), now: Date.now };
const anEvent = (name: "message.sent" | "message.failed" = "message.sent") => freshEvent(name, world);
const browser = ownBrowser();

/** A console that shows the one event whose handler has failed for good. */
async function startWithDeadLetter(): Promise<TestConsole> {
  const handler = (): Promise<void> => Promise.reject(new Error("No."));
  const env = { HOOKWELL_MAX_ATTEMPTS: "1" };
  const started = await startConsole(browser, { env, handlers: { "*": handler } });
  const { app, page } = started;
  await app.send(anEvent());
  await app.settled();
  await goTo(page, "Dead letters 1");
  await goTo(page, "message.sent");
  return started;
}

describe.skipIf(!hasBrowser)("the console", () => {
  test("lets a tab in that is opened beside one that is signed in, and none that signed out", async () => {
    await using world = await startConsole(browser);
    const { page } = world;
    await shows(page, "Overview");
    const second = await page.context().newPage();
    await second.goto(page.url());
    await shows(second, "Overview");

    await second.getByRole("button", { name: "Sign out" }).click();
    const third = await page.context().newPage();
    await third.goto(page.url());
    await shows(third, "Overview");

    expect(await shown(second)).toContain("Sign in");
  });

  test("tells what waits, how events ended, and what queue and ledger keep through which trouble", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await app.send([anEvent(), anEvent()]);
    await app.settled();

    await shows(page, /handled\s+2/);

    await shows(page, /Queue\s+SQLite [\d.]+\s+Flushed to (this machine's|the) disk/);
    expect(await shown(page)).toMatch(/Ledger\s+SQLite [\d.]+\s+Flushed to (this machine's|the) disk/);
    await shows(
      page,
      /Secrets\s+Requests signed with each, .*\s+Name\s+Requests\s+Last used\s+default\s+1\s/,
    );
  });

  test("tells in what events are not as their schemas say", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await app.send([
      { ...anEvent(), revision: "2" },
      { eventId: "1", name: "session.start" },
    ]);
    await app.settled();

    await shows(page, /session\.start\s+is not a known name\s+1\s/);
    await shows(page, /message\.sent\s+revision is/);
    expect(await shown(page)).toMatch(/message\.sent\s+revision is a string, not an integer\s+1\s/);
  });

  test("leads from the list to the event and to the timeline of its entity, with every digit as it came", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    const event = anEvent();
    const body = JSON.stringify(event).replace('"payload":{', '"payload":{"large":12345678901234567890,');
    await app.send(body);
    await app.settled();

    await goTo(page, "Events");
    await goTo(page, "message.sent");
    await shows(page, '"large": 12345678901234567890');
    await shows(page, /Attempts\s+No\.\s+Began\s+Took\s+Outcome\s+1\s/);
    expect(await page.title()).toBe(`${event.eventId} · Hookwell`);
    expect(await shown(page)).toContain(event.eventId);
    expect(await shown(page)).not.toContain("Remarks");

    await goTo(page, /^message:/);
    await shows(page, /Events\s+1/);
    expect(await shown(page)).toMatch(/Now\s+message\.sent\s+handled/);
  });

  test("marks an event that the sender did not send", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await app.api("/events", { method: "POST", body: '{"messageId":"m1","status":"delivered"}' });
    await app.settled();

    for (const link of ["Events", "message.delivered", /^message:/]) {
      await goTo(page, link);
      await shows(page, /\bsynthetic\b/);
    }
    const mark = page.getByText("synthetic", { exact: true });
    expect(await mark.getAttribute("title")).toContain("not sent by the sender");
  });

  test("shows what comes while somebody looks", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await goTo(page, "Events");
    await shows(page, "No event has been processed yet.");

    await app.send(anEvent());

    await eventually(async () => expect(await shown(page)).toContain("message.sent"));
  });

  test("finds events, and keeps what was asked for in the address", async () => {
    await using world = await startConsole(browser);
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

  test("filters when it is told to, and not at each step of the keyboard through a choice", async () => {
    await using world = await startConsole(browser);
    const { page } = world;
    await goTo(page, "Events");

    await page.getByLabel("Status").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.getByRole("button", { name: "Filter" }).click();

    await eventually(() => expect(page.url()).toMatch(/#\/events\?status=retrying$/));
  });

  test("pages through a long list", async () => {
    await using world = await startConsole(browser);
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
    await using world = await startConsole(browser, { env, handlers: { "*": handler } });
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

    await shows(page, "2 events were put into the queue again.");
    await shows(page, "No event has failed for good.");
    expect((await app.settled()).events.handled).toBe(2);
  });

  test("removes a dead letter, after it has asked", async () => {
    await using world = await startWithDeadLetter();
    const { app, page } = world;

    await page.getByRole("button", { name: "Remove" }).click();
    await shows(page, "Remove it for good?");
    expect((await app.stats()).events.dead).toBe(1);
    await page.getByRole("button", { name: "Remove" }).click();

    await shows(page, "No event has failed for good.");
    expect((await app.stats()).events.dead).toBe(0);
  });

  test("shows by no button that it can be pressed while what it began goes on", async () => {
    await using world = await startWithDeadLetter();
    const { page } = world;
    const ground = (): Promise<unknown> =>
      page.evaluate("getComputedStyle(document.querySelector('button.dangerous')).backgroundColor");
    await page.locator("button.dangerous").waitFor();
    const atRest = await ground();
    await page.route("**/dead-letters/*", () => undefined);

    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("group").getByRole("button", { name: "Remove" }).click();
    await page.locator("button[aria-disabled=true]").hover();

    expect(await ground()).toBe(atRest);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("checks refused requests again, and removes them", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await app.send(anEvent(), { signature: "00" });
    await goTo(page, "Quarantine 1");

    await page.getByRole("button", { name: "Check again" }).click();
    await page.getByRole("button", { name: "Check again" }).click();
    await shows(page, "1 request checked, 0 accepted.");
    await page.getByText("The signature matches no active secret.").click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove" }).click();

    await shows(page, "Nothing was refused here.");
    expect(await app.quarantine()).toEqual([]);
  });

  test("does not grow wider than the window by the long body of a refused request", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await app.send(anEvent(), { signature: "00" });
    await goTo(page, "Quarantine 1");

    await page.getByText("The signature matches no active secret.").click();
    await shows(page, '"eventId"');

    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  });

  test("moves no list under the mouse, but shows how what is there goes on", async () => {
    await using world = await startConsole(browser);
    const { app, page } = world;
    await app.send(anEvent());
    await app.settled();
    await goTo(page, "Events");
    const names = page.locator("tbody tr td:nth-child(2)");
    await shows(page, "message.sent");
    await page.locator("tbody tr").hover();

    await app.send(anEvent("message.failed"));

    await shows(page, "There are new entries. The list does not move while you read it.");
    expect(await names.allInnerTexts()).toEqual(["message.sent"]);
    await page.getByRole("heading").hover();
    await eventually(async () =>
      expect(await names.allInnerTexts()).toEqual(["message.failed", "message.sent"]),
    );
  });

  test("can be used by the keyboard alone: the focus goes to the question and back", async () => {
    await using world = await startWithDeadLetter();
    const { app, page } = world;
    const focused = page.locator(":focus");

    await page.getByRole("button", { name: "Remove" }).focus();
    await page.keyboard.press("Enter");
    await shows(page, "Remove it for good?");
    await page.getByRole("group", { name: "Remove it for good?" }).waitFor();
    expect(await focused.innerText()).toBe("Cancel");
    await page.keyboard.press("Enter");
    expect(await focused.innerText()).toBe("Remove…");
    await page.keyboard.press("Enter");
    await shows(page, "Remove it for good?");
    await page.keyboard.press("Escape");
    expect(await focused.innerText()).toBe("Remove…");
    await page.getByRole("button", { name: "Replay" }).focus();
    await page.keyboard.press("Enter");
    await shows(page, "Handle it again?");
    await page.keyboard.press("Enter");
    await shows(page, "It was put into the queue again.");

    expect((await app.settled()).events.dead).toBe(1);
  });

  test("keeps the keyboard where all was replayed, although the button goes with the list", async () => {
    let isMended = false;
    const handler = (): Promise<void> => (isMended ? Promise.resolve() : Promise.reject(new Error("No.")));
    const env = { HOOKWELL_MAX_ATTEMPTS: "1" };
    await using world = await startConsole(browser, { env, handlers: { "*": handler } });
    const { app, page } = world;
    await app.send(anEvent());
    await app.settled();
    await goTo(page, "Dead letters 1");
    isMended = true;

    await page.getByRole("button", { name: "Replay all" }).focus();
    await page.keyboard.press("Enter");
    await shows(page, "Handle 1 event again?");
    await page.keyboard.press("Enter");
    await shows(page, "No event has failed for good.");

    expect(await page.locator(":focus").innerText()).toBe("1 event was put into the queue again.");
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
    await using other = await startConsole(browser, { parts: "process", env });
    const { page } = other;

    await shows(page, /Queue\s+PostgreSQL [\d.]+\s+Each commit is on the disk.+\s+Ledger\s+PostgreSQL/);
    await goTo(page, "Events");

    await shows(page, "message.sent");
    expect((await fetch(`${receiver.url}console/`)).status).toBe(404);
  },
);
