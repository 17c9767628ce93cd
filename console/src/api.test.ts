import { afterEach, expect, test, vi } from "vitest";
import { createApi } from "./api.ts";

afterEach(() => vi.unstubAllGlobals());

const noOne = new AbortController().signal;
const stats = (answer: typeof fetch): Promise<unknown> => {
  vi.stubGlobal("fetch", answer);
  return createApi({ token: "t", onRefused: () => undefined, patienceMs: 20 }).stats.ask(noOne);
};

test("a question that is never answered comes to an end", async () => {
  const never: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) =>
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)),
    );

  await expect(stats(never)).rejects.toThrow("Hookwell did not answer in time.");
});

test("so does an answer that stops in its middle", async () => {
  const half: typeof fetch = async (_, init) => {
    const start = (controller: ReadableStreamDefaultController): void => {
      controller.enqueue(new TextEncoder().encode('{"queue":'));
      init?.signal?.addEventListener("abort", () => controller.error(init.signal?.reason));
    };
    return new Response(new ReadableStream({ start }));
  };

  await expect(stats(half)).rejects.toThrow("Hookwell did not answer in time.");
});

test.each([
  [
    "an API that says why",
    503,
    '{"error":{"code":"X","message":"The ledger is away."}}',
    "The ledger is away.",
  ],
  ["a proxy's page", 502, "<h1>Bad Gateway</h1>", "The server answered 502."],
  ["a proxy's JSON", 502, '{"error":"bad gateway"}', "The server answered 502."],
  ["a proxy's JSON of nothing", 504, "null", "The server answered 504."],
  ["a page of success", 200, "<h1>Sign in to the proxy</h1>", "such as a proxy, answers in its place"],
])("%s is told in a sentence", async (_, status, body, says) => {
  await expect(stats(async () => new Response(body, { status }))).rejects.toThrow(says);
});
