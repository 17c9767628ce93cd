import { expect, test, vi } from "vitest";
import { testApi } from "../../test/support/program/api.ts";
import { LedgerUnavailableError, QuarantineUnavailableError, QueueUnavailableError } from "../errors.ts";
import { Ledger } from "../ledger/ledger.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import { jsonLog } from "../log.ts";
import { recordedLog } from "../testing/recorded-log.ts";

test("a path that is none of ours is answered with 404", async () => {
  const { call } = testApi();

  const answers = await Promise.all(
    ["/api/v1", "/api/v1/events/", "/api/v1/nothing", "/api/v1/events/a/b/c"].map((path) =>
      call("GET", path),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect(answers[0]?.json).toMatchObject({ error: { code: "NO_SUCH_CALL" } });
});

test.each([
  ["DELETE", "/api/v1/events", "GET, HEAD, POST"],
  ["GET", "/api/v1/events/e1/replay", "POST"],
  ["GET", "/api/v1/dead-letters/replay", "POST, DELETE"],
  ["OPTIONS", "/api/openapi.json", "GET, HEAD"],
])("%s %s is answered with 405 and what is allowed: %s", async (method, path, allow) => {
  const { call } = testApi();

  const answer = await call(method, path);

  expect(answer.status).toBe(405);
  expect(answer.headers.get("allow")).toBe(allow);
});

test.each([
  ["/api/v1/events?limit=0", "`limit` must be a whole number from 1 to 1000"],
  ["/api/v1/events?limit=1001", "`limit` must be"],
  ["/api/v1/events?limit=ten", "`limit` must be"],
  ["/api/v1/events?limit=2.5", "`limit` must be"],
  ["/api/v1/events?cursor=%27", "`cursor` must be the `next` of the previous page"],
  ["/api/v1/quarantine?cursor=nobody", "`cursor` must be"],
  ["/api/v1/events?since=yesterday", "`since` must be a time such as 2026-07-01T09:30:00Z, or a span"],
  ["/api/v1/dead-letters?until=5", "`until` must be"],
  ["/api/v1/events?since=1h&until=2h", "`since` is after `until`; give an earlier `since`"],
  ["/api/v1/dead-letters?since=2026-07-02&until=2026-07-01", "`since` is after `until`"],
  ["/api/v1/events?status=done", "`status` must be one of pending, retrying, handled, obsolete, dead"],
  ["/api/v1/events?name=*.sent", "`name` must be"],
  ["/api/v1/events?colour=red", "`colour` is not known here. This call takes entity, name"],
  ["/api/v1/dead-letters?status=dead", "`status` is not known here"],
  ["/api/v1/stats?x=1", "This call takes no query"],
  ["/api/v1/events?entity=", "`entity` is empty"],
  ["/api/v1/events?name=a&name=b", "`name` is given twice"],
  ["/api/v1/events/%E0%A4%A", "not percent-encoded UTF-8"],
  ["/api/v1/stream?lastEventId=first", "`Last-Event-ID` must be"],
])("GET %s is answered with 400 and says: %s", async (path, message) => {
  const { call } = testApi();

  const answer = await call("GET", path);

  expect(answer.status).toBe(400);
  expect(answer.json).toEqual({ error: { code: "BAD_REQUEST", message: expect.stringContaining(message) } });
});

test("text from outside cannot bring control characters into a message", async () => {
  const { call } = testApi();

  const answer = await call("GET", `/api/v1/events?%1B[31m%0A${"x".repeat(500)}=1`);

  expect(answer.json).toMatchObject({
    error: { message: expect.stringMatching(/^`\?\[31m\?x{54}…` is not/) },
  });
});

test("HEAD answers like GET, without a body", async () => {
  const { call, settled } = testApi();
  await settled("handled", { eventId: "e1" });

  const [get, head] = [await call("GET", "/api/v1/events/e1"), await call("HEAD", "/api/v1/events/e1")];

  expect(head.status).toBe(200);
  expect(head.bytes).toHaveLength(0);
  expect(head.headers.get("content-length")).toBe(String(get.bytes.length));
});

test("no answer may be kept by anyone in between", async () => {
  const { call, settled } = testApi();
  await settled("dead", { eventId: "d1" });

  const answers = await Promise.all([
    call("GET", "/api/v1/stats"),
    call("GET", "/api/v1/nothing"),
    call("HEAD", "/api/v1/stream"),
    call("DELETE", "/api/v1/dead-letters/d1"),
  ]);

  for (const { headers } of answers) expect(headers.get("cache-control")).toBe("no-store");
});

test.each([
  ["QUEUE_UNAVAILABLE", "The queue", new QueueUnavailableError("/var/lib/queue.db: disk is full")],
  ["LEDGER_UNAVAILABLE", "The ledger", new LedgerUnavailableError("/var/lib/ledger.db: disk is full")],
  ["QUARANTINE_UNAVAILABLE", "The quarantine", new QuarantineUnavailableError("/var/lib: disk is full")],
])("503 %s says which part may be tried again, and not what is inside", async (code, part, error) => {
  const lines: string[] = [];
  const log = jsonLog("warn", (line) => lines.push(line));
  const { call, parts } = testApi({ log });
  vi.spyOn(parts.ledger, "list").mockRejectedValue(error);

  const answer = await call("GET", "/api/v1/events");

  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("2");
  const message = `${part} cannot be read or written now; the log of the server says why. Try again later.`;
  expect(answer.json).toEqual({ error: { code, message } });
  expect(answer.text).not.toContain("disk");
  expect(lines).toEqual([expect.stringContaining("disk is full")]);
});

test.each([
  [503, new LedgerUnavailableError("PostgreSQL: connect ECONNREFUSED 127.0.0.1:5432")],
  [500, new RangeError("PostgreSQL: connect ECONNREFUSED 127.0.0.1:5432")],
])("%i says why to who cannot read the log", async (status, error) => {
  const { call, parts } = testApi({ tellsWhy: true });
  vi.spyOn(parts.ledger, "list").mockRejectedValue(error);

  const answer = await call("GET", "/api/v1/events");

  expect(answer).toMatchObject({ status, json: { error: { message: error.message } } });
});

test("that a part is away is logged once a minute, for however many pages ask", async () => {
  let now = 0;
  const { log, lines } = recordedLog();
  const { call, parts } = testApi({ log, now: () => now });
  vi.spyOn(parts.ledger, "list").mockRejectedValue(new LedgerUnavailableError("away"));
  vi.spyOn(parts.ledger, "stats").mockRejectedValue(new LedgerUnavailableError("away"));
  vi.spyOn(parts.queue, "depth").mockRejectedValue(new QueueUnavailableError("away"));

  for (now = 0; now < 90_000; now += 2_000) {
    await call("GET", "/api/v1/stats");
    await call("GET", "/api/v1/events");
  }

  const told = lines.map(({ fact, fields }) => `${fact} ${String(fields["part"])}`);
  const both = ["api.unavailable queue", "api.unavailable ledger"];
  expect(told).toEqual([...both, ...both]);
});

test("a part that is closed is answered with 503", async () => {
  const ledger = new Ledger(memoryLedger());
  const { call } = testApi({ ledger });
  await ledger.close();

  const answer = await call("GET", "/api/v1/events");

  expect(answer.status).toBe(503);
  expect(answer.json).toMatchObject({ error: { code: "CLOSED" } });
});

test("a fault is answered with 500 and logged, without the path and the query", async () => {
  const lines: string[] = [];
  const { call, parts } = testApi({ log: jsonLog("warn", (line) => lines.push(line)) });
  vi.spyOn(parts.ledger, "list").mockRejectedValue(new TypeError("x is not a function"));

  const answer = await call("GET", "/api/v1/events?text=private");

  expect(answer.status).toBe(500);
  expect(answer.json).toMatchObject({ error: { code: "INTERNAL" } });
  expect(answer.text).not.toContain("x is not");
  expect(lines).toEqual([expect.stringContaining('"fact":"api.failed","method":"GET","error":"x is not')]);
  expect(lines.join("")).not.toContain("private");
});

test("nothing is said of a cursor that was not given", async () => {
  const { call, parts } = testApi();
  vi.spyOn(parts.ledger, "list").mockRejectedValue(new RangeError("an unknown status"));

  expect((await call("GET", "/api/v1/events")).status).toBe(500);
});

test("a cursor is not blamed for a ledger that is away", async () => {
  const { call, parts } = testApi();
  vi.spyOn(parts.ledger, "list").mockRejectedValue(new LedgerUnavailableError("away"));

  expect((await call("GET", "/api/v1/events?cursor=1")).status).toBe(503);
});
