import type { Page } from "playwright-core";
import { expect } from "vitest";
import { eventually } from "../../../src/testing/eventually.ts";
import { startTestApp, type TestApp, type TestAppOptions } from "./app.ts";
import type { TestBrowser } from "./browser.ts";
import { testToken } from "./client.ts";

export interface TestConsole extends AsyncDisposable {
  readonly app: TestApp;
  readonly page: Page;
}

/** A Hookwell, and a tab that shows its console to somebody who has signed in. */
export async function startConsole(browser: TestBrowser, options: TestAppOptions = {}): Promise<TestConsole> {
  const app = await startTestApp(options);
  const { page, troubles } = await browser.open(`${app.url}console/`);
  await signIn(page);
  const close = async (): Promise<void> => {
    await page.context().close();
    await app[Symbol.asyncDispose]();
    expect(troubles).toEqual([]);
  };
  return { app, page, [Symbol.asyncDispose]: close };
}

export async function signIn(page: Page, token: string = testToken): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** The content of the page. */
export const shown = (page: Page): Promise<string> => page.locator("main").innerText();

/** A page whose answers take long asks again after half a minute at the latest. */
const patienceMs = 45_000;

export const shows = (page: Page, text: string | RegExp): Promise<void> =>
  eventually(async () => expect(await shown(page)).toMatch(text), patienceMs);

export const goTo = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole("link", { name }).click();
