import { expect, test } from "vitest";
import { testServer } from "../../test/support/network/http-server.ts";
import { isError } from "../lib/is-error.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { createClient, type ClientOptions, type SenderClient, SenderUnavailableError } from "./index.ts";

const user = { user: "u", password: "p" };

/** A client of a service that gives these answers, one after the other; the last one again and again. */
function clientOf(answers: readonly (Response | Error)[], options: Partial<ClientOptions> = {}) {
  const asked: Request[] = [];
  const waits: number[] = [];
  const client: SenderClient = createClient({
    ...(options.token === undefined ? user : {}),
    fetch: async (request) => {
      asked.push(request.clone());
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? new Response("[]");
      if (isError(answer)) throw answer;
      return answer.clone();
    },
    world: { now: () => 0, random: () => 0, sleep: async (ms) => void waits.push(ms) },
    ...options,
  });
  return { client, asked, waits, urls: () => asked.map(({ url, method }) => `${method} ${url}`) };
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  Response.json(value, { status, headers });

test("a user asks in the form of a region, a token in the form of its API Space", async () => {
  const region = clientOf([json([])]);
  const space = clientOf([json([])], { token: "t", apiSpaceId: "s 1" });
  const sandbox = clientOf([json([])], { token: "t", apiSpaceId: "s", api: "http://127.0.0.1:4010/base/" });

  await region.client.webhooks.list({ includeDeleted: true });
  await space.client.webhooks.list();
  await sandbox.client.profiles.messages("a@b/c");

  expect([...region.urls(), ...space.urls(), ...sandbox.urls()]).toEqual([
    "GET https://r1-api.dotdigital.com/cpaas/webhooks?includeDeleted=true",
    "GET https://api.comapi.com/apispaces/s%201/webhooks",
    "GET http://127.0.0.1:4010/base/apispaces/s/profiles/a%40b%2Fc/messages",
  ]);
  const authorization = [region, space].map(({ asked }) => asked[0]?.headers.get("authorization"));
  expect(authorization).toEqual([`Basic ${btoa("u:p")}`, "Bearer t"]);
});

test("an update keeps the other fields, leaves out the service's own, and names the version it was made from", async () => {
  const stored = { id: "w1", name: "n", url: "http://a/", secret: "s", _createdOn: "2026-01-01T00:00:00Z" };
  const { client, asked } = clientOf([json(stored, 200, { etag: '"1"' }), json({ ...stored, name: "m" })]);

  const updated = await client.webhooks.update("w1", { name: "m" });

  expect(asked[1]?.headers.get("if-match")).toBe('"1"');
  expect(await asked[1]?.json()).toEqual({ name: "m", url: "http://a/", secret: "s" });
  expect(updated).toMatchObject({ name: "m", createdOn: "2026-01-01T00:00:00Z" });
});

test("a call that is answered 429 is made again when the service says", async () => {
  const { client, waits, asked } = clientOf([
    json({}, 429, { "x-ratelimit-reset": "7" }),
    json({}, 429, { "retry-after": "2" }),
    json({ messageId: "m1", statusDetails: { channelId: "sms" } }, 201),
  ]);

  const message = await client.messages.send({ to: { phoneNumber: "1" }, rules: ["sms"] });

  expect([message.messageId, message.channel, waits]).toEqual(["m1", "sms", [7_000, 2_000]]);
  expect(await asked[2]?.json()).toEqual({ to: { phoneNumber: "1" }, rules: ["sms"] });
});

test("a repeated call is logged without the person whom it is about", async () => {
  const { log, lines } = recordedLog();
  const { client } = clientOf([json({}, 503), json([])], { log });

  await client.profiles.messages("morgan.lee@example.com");

  expect(lines.map(({ fact, fields }) => [fact, fields["path"]])).toEqual([
    ["sender.retry", "/cpaas/profiles/…/messages"],
  ]);
});

test("a read is made again after a 5xx, a send is not, since it may have been done", async () => {
  const read = clientOf([json({}, 503), json([])]);
  const send = clientOf([json({}, 503, { "retry-after": "1" })]);

  expect(await read.client.webhooks.list()).toEqual([]);
  await expect(send.client.messages.sendBatch([])).rejects.toMatchObject({
    code: "SENDER_UNAVAILABLE",
    mayBeDone: true,
    message: expect.stringContaining("Whether it was done is unknown"),
  });
  expect([read.waits, send.asked.length]).toEqual([[1_000], 1]);
});

test("a pause that is longer than a minute is told, not made", async () => {
  const { client, waits } = clientOf([
    json({}, 429, { "retry-after": "3600", "x-ratelimit-scope": "account" }),
  ]);

  const error = client.webhooks.list();

  await expect(error).rejects.toMatchObject({ code: "SENDER_RATE_LIMITED", retryAfterMs: 3_600_000 });
  await expect(error).rejects.toThrow(
    "https://r1-api.dotdigital.com takes no more calls of the scope account for now (429): try again in 1h.",
  );
  expect(waits).toEqual([]);
});

test.each([
  [json({}, 401), "SENDER_CREDENTIALS", "does not know these credentials (401)."],
  [json({}, 404), "SENDER_NOT_FOUND", 'has no registration "w1" (404).'],
  [json({}, 412), "SENDER_STALE", 'The registration "w1" was changed since that ETag (412)'],
  [
    json({ message: "Invalid", validationFailures: [{ path: "/url", message: "must be a URL" }] }, 400),
    "SENDER_REFUSED",
    "refuses the request (400): /url: must be a URL.",
  ],
  [json({ message: "Rate limit exceeded" }, 400), "SENDER_RATE_LIMITED", "says so with 400"],
  [
    new Response("<html>", { status: 404 }),
    "SENDER_UNAVAILABLE",
    "does not answer as the API does (status 404)",
  ],
  [new Response("<html>"), "SENDER_UNAVAILABLE", "does not answer as the API does (status 200)"],
  [json([]), "SENDER_UNAVAILABLE", "does not answer as the API does (status 200)"],
  [new Response("", { status: 302 }), "SENDER_UNAVAILABLE", "as the API does (status 302)"],
  [
    new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) }),
    "SENDER_UNAVAILABLE",
    "does not answer: no server listens there.",
  ],
])("an answer that is none is one sentence and a code: %#", async (answer, code, says) => {
  const { client } = clientOf([answer]);

  const error = client.webhooks.get("w1");

  await expect(error).rejects.toMatchObject({ code });
  await expect(error).rejects.toThrow(says);
});

test("a 403 names the host of the account's region, which the first region is asked for", async () => {
  const info = { id: 1, properties: [{ name: "ApiEndpoint", value: "https://r3-api.dotdigital.com" }] };
  const other = clientOf([json({}, 403), json(info)], { api: "https://r2-api.dotdigital.com" });
  const same = clientOf([json({}, 403), json(info)], { api: "https://r3-api.dotdigital.com" });

  await expect(other.client.webhooks.list()).rejects.toMatchObject({
    code: "SENDER_WRONG_REGION",
    host: "https://r3-api.dotdigital.com",
    message: expect.stringContaining("use https://r3-api.dotdigital.com instead of https://r2-"),
  });
  await expect(same.client.webhooks.list()).rejects.toMatchObject({ code: "SENDER_FORBIDDEN" });
  expect(other.urls()[1]).toBe("GET https://r1-api.dotdigital.com/v2/account-info");
});

test("the reason why no answer came is told, whatever the global fetch makes of it", async () => {
  await using server = await testServer((request, response) => {
    if (request.method === "DELETE") response.writeHead(200, { "content-length": 9 }).write("{");
    setImmediate(() => request.socket.destroy());
  });
  const client = createClient({ ...user, api: server.url });

  await expect(client.webhooks.list()).rejects.toThrow(
    `${server.url} closed the connection before it answered.`,
  );
  await expect(client.webhooks.remove("w1")).rejects.toThrow("Whether it was done is unknown");
});

test("a service that is slow is given up", async () => {
  const client = createClient({
    ...user,
    timeoutMs: 1,
    fetch: (_request, init) =>
      new Promise((_resolve, reject) =>
        init?.signal.addEventListener("abort", () => reject(init.signal.reason)),
      ),
  });

  await expect(client.webhooks.list()).rejects.toThrow(SenderUnavailableError);
  await expect(client.webhooks.list()).rejects.toThrow("does not answer in time.");
});

test.each([
  [{ token: "t" }, "apiSpaceId"],
  [{ token: "t", user: "u" }, "give one of them"],
  [{ user: "u" }, "Credentials are missing"],
  [{ ...user, api: "http://u:p@host" }, "without a login"],
])("credentials that cannot work are told at once: %j", (options, says) => {
  expect(() => createClient(options)).toThrow(says);
});
