import { existsSync } from "node:fs";
import { type Browser, type Page, chromium } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Without a browser its tests are skipped; but in CI it is always true, so there they fail. */
export const hasBrowser: boolean = process.env["CI"] === "true" || existsSync(executablePath);

/** Turns off what would contact servers of the browser's maker. */
const quiet = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  "--no-sandbox",
];

export interface TestBrowser {
  /** A tab with nothing of another's, and what went wrong in it: errors of scripts, and what a header forbade. */
  open(url: string): Promise<{ readonly page: Page; readonly troubles: readonly string[] }>;
}

/** The system's Chromium: starts before the tests of a file, and ends after them; not where it is not installed. */
export function ownBrowser(): TestBrowser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (hasBrowser) browser = await chromium.launch({ executablePath, args: quiet });
  });
  afterAll(() => browser?.close());
  return {
    open: async (url) => {
      if (browser === undefined) throw new Error("There is no browser yet.");
      const page = await (await browser.newContext()).newPage();
      const troubles: string[] = [];
      page.on("pageerror", (error) => troubles.push(error.message));
      page.on("console", (line) => {
        // The browser also reports answers that are no success there; the page itself shows those.
        if (line.type() === "error" && !line.text().startsWith("Failed to load resource"))
          troubles.push(line.text());
      });
      await page.goto(url);
      return { page, troubles };
    },
  };
}
