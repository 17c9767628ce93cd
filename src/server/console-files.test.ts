import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { consoleFiles } from "./console-files.ts";

async function built() {
  const folder = await tempFolder();
  const console = join(folder.path, "console/");
  await mkdir(join(console, "assets"), { recursive: true });
  await writeFile(join(console, "index.html"), "<!doctype html>");
  await writeFile(join(console, "assets/index-abc.js"), "run()");
  await writeFile(join(folder.path, "secrets.json"), "a secret");
  const pages = consoleFiles(console);
  const ask = (path: string, method = "GET"): Promise<Response> =>
    pages.fetch(new Request(`http://localhost${path}`, { method }));
  return { ask, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test("the page is asked for anew each time, and lets nothing run that is not from here", async () => {
  await using world = await built();

  const response = await world.ask("/console/");

  expect(await response.text()).toBe("<!doctype html>");
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
    "content-security-policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  });
});

test("what has a hash in its name is kept by browsers", async () => {
  await using world = await built();

  const response = await world.ask("/console/assets/index-abc.js");

  expect(await response.text()).toBe("run()");
  expect(response.headers.get("cache-control")).toContain("immutable");
  expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
});

test("without its slash it leads to the page, also below a path of a proxy", async () => {
  await using world = await built();

  const response = await world.ask("/console");

  expect([response.status, response.headers.get("location")]).toEqual([308, "console/"]);
});

test.each([
  "/console/../secrets.json",
  "/console/%2e%2e/secrets.json",
  "/console/..%2fsecrets.json",
  "/console/no",
])("%s is not there", async (path) => {
  await using world = await built();

  const response = await world.ask(path);

  expect(response.status).toBe(404);
  expect(await response.text()).not.toContain("a secret");
});

test("HEAD is answered without the file", async () => {
  await using world = await built();

  const response = await world.ask("/console/", "HEAD");

  expect([response.status, await response.text()]).toEqual([200, ""]);
  expect(response.headers.get("content-length")).toBe("15");
});

test("a build without the console says how it is made", async () => {
  const pages = consoleFiles("/nowhere/console/");

  const response = await pages.fetch(new Request("http://localhost/console/"));

  expect([response.status, await response.text()]).toEqual([
    404,
    "The console is not in this build; `npm run build` makes it.\n",
  ]);
});
