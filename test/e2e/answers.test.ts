import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sign } from "../../src/event/signature.ts";
import { sample } from "../../src/sandbox/samples.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestApp, type TestApp } from "../support/program/app.ts";
import { testSecret, testToken } from "../support/program/client.ts";
import { ask, type RawRequest } from "../support/network/raw-http.ts";

const bodyLimit = 4_096;

interface Row extends RawRequest {
  readonly name: string;
  readonly status: number;
  /** Code of the error, or how many events were accepted. */
  readonly says: string | number;
  /** Other headers of the answer. */
  readonly answered?: Readonly<Record<string, string>>;
  /** Kinds of what is kept in quarantine, and the bodies. */
  readonly kept?: readonly { readonly kind: string; readonly body: string }[];
}

const event = JSON.stringify(sample("message.sent"));
const other = JSON.stringify(sample("message.failed"));
const big = "x".repeat(bodyLimit + 1);
const signed = (body: string, secret = testSecret): Pick<RawRequest, "body" | "headers"> => ({
  body,
  headers: { "x-comapi-signature": sign(body, secret) },
});
const unsigned = (body: string): Pick<RawRequest, "body" | "headers"> => ({ body, headers: {} });
const malformed = (body: string): Pick<Row, "body" | "headers" | "status" | "says" | "kept"> => ({
  ...signed(body),
  status: 400,
  says: "BODY_MALFORMED",
  kept: [{ kind: "malformed", body }],
});
const mismatch = (signature: string): Pick<Row, "body" | "headers" | "status" | "says" | "kept"> => ({
  body: event,
  headers: { "x-comapi-signature": signature },
  status: 401,
  says: "SIGNATURE_MISMATCH",
  kept: [{ kind: "mismatch", body: event }],
});
const allow = { allow: "GET, HEAD, POST" };

const rows: readonly Row[] = [
  { name: "a body over the limit", ...signed(big), status: 413, says: "BODY_TOO_LARGE" },
  { name: "a body over the limit, unsigned", ...unsigned(big), status: 413, says: "BODY_TOO_LARGE" },
  { name: "a signed empty body", ...signed(""), status: 400, says: "BODY_EMPTY" },
  { name: "an unsigned empty body", ...unsigned(""), status: 400, says: "BODY_EMPTY" },
  {
    name: "no signature",
    ...unsigned(event),
    status: 401,
    says: "SIGNATURE_MISSING",
    kept: [{ kind: "unsigned", body: event }],
  },
  {
    name: "no signature, and not JSON either",
    ...unsigned("no json"),
    status: 401,
    says: "SIGNATURE_MISSING",
    kept: [{ kind: "unsigned", body: "no json" }],
  },
  { name: "a signature under another secret", ...mismatch(sign(event, "another secret")) },
  { name: "an empty signature", ...mismatch("") },
  {
    name: "a signature in base64",
    ...mismatch(createHmac("sha1", testSecret).update(event).digest("base64")),
  },
  { name: "a SHA-256 signature", ...mismatch(createHmac("sha256", testSecret).update(event).digest("hex")) },
  { name: "a signature of another body", ...mismatch(sign(other, testSecret)) },
  { name: "signed text that is not JSON", ...malformed("{") },
  { name: "signed white space", ...malformed(" \n") },
  { name: "a signed number", ...malformed("42") },
  { name: "a signed null", ...malformed("null") },
  { name: "a signed object without eventId", ...malformed('{"name":"message.sent"}') },
  { name: "a signed object without name", ...malformed('{"eventId":"1"}') },
  { name: "a signed object whose eventId is a number", ...malformed('{"eventId":1,"name":"a.b"}') },
  {
    name: "an array with unusable elements",
    ...signed(`[${event}, null, {"name" : "a.b"},[1],"text", ${other} ]`),
    status: 200,
    says: 2,
    kept: ["null", '{"name" : "a.b"}', "[1]", '"text"'].map((body) => ({ kind: "unusable", body })),
  },
  {
    name: "an array of nothing but unusable elements",
    ...signed("[7]"),
    status: 200,
    says: 0,
    kept: [{ kind: "unusable", body: "7" }],
  },
  { name: "an empty array", ...signed("[]"), status: 200, says: 0 },
  { name: "an event", ...signed(event), status: 200, says: 1 },
  { name: "an event with a query behind the path", ...signed(event), path: "/?a=b", status: 200, says: 1 },
  {
    name: "a signature in upper case",
    body: event,
    headers: { "x-comapi-signature": sign(event, testSecret).toUpperCase() },
    status: 200,
    says: 1,
  },
  {
    name: "an event of a name that nobody knows",
    ...signed('{"eventId":"x","name":"y"}'),
    status: 200,
    says: 1,
  },
  ...["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"].map((method): Row => {
    return { name: method, method, status: 405, says: "METHOD_NOT_ALLOWED", answered: allow };
  }),
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ env: { HOOKWELL_BODY_LIMIT: String(bodyLimit) } });
});
afterAll(() => app[Symbol.asyncDispose]());

test.each(rows)("$name: $status", async ({ name, status, says, answered = {}, kept = [], ...request }) => {
  const answer = await ask(app.url, { ...request, headers: { ...request.headers, "x-row": mark(name) } });

  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject({ ...answered, "content-type": "application/json; charset=utf-8" });
  const json = JSON.parse(answer.text) as { accepted?: number; error?: { code: string } };
  expect(json.accepted ?? json.error?.code).toBe(says);
  await eventually(async () => expect(await keptOf(name)).toEqual(kept));
});

test("after all of these, the quarantine holds what it should and nothing else", async () => {
  const expected = rows.flatMap(({ kept = [] }) => kept.map(({ kind }) => kind));

  const kept = await app.quarantine();

  expect(kept.map(({ kind }) => kind).sort()).toEqual(expected.sort());
});

test("after all of these, every row is counted", async () => {
  const expected = {
    accepted: 7,
    tooLarge: 2,
    empty: 2,
    unsigned: 2,
    mismatch: 5,
    malformed: 7,
    methodNotAllowed: 5,
    unavailable: 0,
  };

  const metrics = await ask(app.url, { method: "GET", path: "/metrics" });

  for (const [kind, count] of Object.entries(expected)) {
    expect(metrics.text).toContain(`hookwell_replies_total{kind="${kind}"} ${count}\n`);
  }
});

test("after all of these, the log has one line of each kind that a person can do something about", () => {
  const told = app.log.filter(({ fact }) => fact === "receive.refused").map(({ fields }) => fields["kind"]);

  expect(told).toEqual(["tooLarge", "unsigned", "mismatch"]);
});

test("after all of these, only good events are in the ledger, and their repeats are counted", async () => {
  const stats = await app.settled();

  expect(stats.events).toEqual({ pending: 0, retrying: 0, handled: 3, obsolete: 0, dead: 0 });
  expect(stats.duplicates).toBe(3);
});

/** What was kept of a row, from the first to the last. */
async function keptOf(name: string): Promise<readonly { kind: string; body: string }[]> {
  const kept = (await app.quarantine()).filter(({ headers }) => headers["x-row"] === mark(name)).toReversed();
  return Promise.all(kept.map(async ({ id, kind }) => ({ kind, body: await bodyOf(id) })));
}

async function bodyOf(id: string): Promise<string> {
  const headers = { authorization: `Bearer ${testToken}` };
  return (await ask(app.url, { method: "GET", path: `/api/v1/quarantine/${id}/body`, headers })).text;
}

const mark = (name: string): string => name.replaceAll(/\W/g, "-");
