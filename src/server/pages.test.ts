import { expect, test } from "vitest";
import { createPages, type PageParts } from "./pages.ts";

const says = (text: string) => ({ fetch: async () => new Response(text) });

function somePages(parts: Partial<PageParts> = {}) {
  return createPages({
    api: says("api"),
    console: says("console"),
    health: says("health"),
    metrics: { text: async () => "metrics", contentType: "text/plain; version=0.0.4" },
    path: "/hooks",
    ...parts,
  });
}

function startPages(parts: Partial<PageParts> = {}) {
  const pages = somePages(parts);
  return async (path: string, method = "GET", headers = {}): Promise<readonly [number, string]> => {
    const response = await pages.fetch(new Request(`http://localhost${path}`, { method, headers }));
    return [response.status, await response.text()];
  };
}

test.each([
  ["/api/v1/events", "api"],
  ["/api/anything", "api"],
  ["/healthz", "health"],
  ["/readyz?verbose", "health"],
  ["/metrics", "metrics"],
  ["/console", "console"],
  ["/console/assets/index.js", "console"],
])("%s is answered by the %s", async (path, text) => {
  const ask = startPages();

  expect(await ask(path)).toEqual([200, text]);
});

test.each(["/", "/hooks", "/hooks?from=mail"])("%s shows the test page", async (path) => {
  const ask = startPages();

  const [status, text] = await ask(path);

  expect(status).toBe(200);
  expect(text).toMatch(/^<!doctype html>/i);
});

test("the root of a worker, which has no endpoint, leads to its console, also behind the path of a proxy", async () => {
  const pages = createPages({
    api: says("api"),
    console: says("console"),
    health: says("health"),
    metrics: { text: async () => "metrics", contentType: "text/plain" },
    path: undefined,
  });

  const { status, headers } = await pages.fetch(new Request("http://localhost/"));

  expect([status, headers.get("location")]).toEqual([302, "console/"]);
});

test.each([
  [{ host: "127.0.0.1:3000" }, false, "http://127.0.0.1:3000/hooks"],
  [{ host: "127.0.0.1:3000" }, true, "https://127.0.0.1:3000/hooks"],
  [{ host: "hooks.example.com", "x-forwarded-proto": "https" }, false, "https://hooks.example.com/hooks"],
])("the test page names the address at which a visitor with %j came in", async (headers, secure, address) => {
  const [, text] = await startPages({ secure })("/hooks", "GET", headers);

  expect(text).toContain(`hookwell send message.sent --url ${address}<`);
});

test("to HEAD the test page has no body", async () => {
  expect(await startPages()("/", "HEAD")).toEqual([200, ""]);
});

test("the metrics say what they are", async () => {
  const pages = createPages({
    api: undefined,
    console: undefined,
    health: says("health"),
    metrics: { text: async () => "metrics", contentType: "text/plain; version=0.0.4" },
    path: "/",
  });

  const response = await pages.fetch(new Request("http://localhost/metrics"));

  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
});

test.each([
  ["/nothing", "GET"],
  ["/hooks/", "GET"],
  ["/hooksandmore", "GET"],
  ["/apis", "GET"],
  ["/other", "POST"],
  ["/", "POST"],
  ["/./hooks", "POST"],
])("%s to %s is not found", async (path, method) => {
  expect((await startPages()(path, method))[0]).toBe(404);
});

test.each([
  ["/metrics", "POST"],
  ["/console/", "PUT"],
  ["/console", "DELETE"],
])("%s does not take %s, and says what it takes", async (path, method) => {
  const response = await somePages().fetch(new Request(`http://localhost${path}`, { method }));

  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect(await response.text()).toBe("Events are not accepted here; this page takes GET, HEAD.\n");
});

test("where nothing is processed there is no API, and where nothing is received no test page", async () => {
  const [api] = await startPages({ api: undefined })("/api/v1/events");
  const [page] = await startPages({ path: undefined })("/hooks");
  const [root] = await startPages({ path: undefined, console: undefined })("/");

  expect([api, page, root]).toEqual([404, 404, 404]);
});
