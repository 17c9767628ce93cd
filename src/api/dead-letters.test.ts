import { expect, test, vi } from "vitest";
import { testApi, type TestApi } from "../../test/support/program/api.ts";
import { QueueUnavailableError } from "../errors.ts";
import { jsonLog } from "../log.ts";

const replay = (api: TestApi, body: unknown): ReturnType<TestApi["call"]> =>
  api.call("POST", "/api/v1/dead-letters/replay", JSON.stringify(body));

async function withDead(count: number): Promise<TestApi> {
  const api = testApi();
  for (let at = 0; at < count; at += 1)
    await api.settled("dead", { eventId: `d${at}`, receivedAt: 1_000 + at });
  return api;
}

test("the list holds dead letters only", async () => {
  const api = await withDead(2);
  await api.settled("handled");

  const answer = await api.call("GET", "/api/v1/dead-letters?limit=1");

  expect(answer.json).toMatchObject({ items: [{ eventId: "d1", status: "dead" }], next: expect.any(String) });
});

test("a dry run counts and replays nothing", async () => {
  const api = await withDead(3);

  const answer = await replay(api, { dryRun: true });
  const some = await replay(api, { dryRun: true, eventIds: ["d0", "gone"] });

  expect(answer.json).toEqual({ matched: 3, replayed: 0 });
  expect(some.json).toEqual({ matched: 1, replayed: 0, missing: ["gone"] });
  expect(await api.queued()).toEqual([]);
});

test("all dead letters are replayed in batches of at most 500, although they leave the list meanwhile", async () => {
  const api = await withDead(1_203);
  const put = vi.spyOn(api.parts.queue, "put");

  const answer = await replay(api, {});

  expect(answer.json).toEqual({ matched: 1_203, replayed: 1_203 });
  expect(put.mock.calls.map(([messages]) => messages.length)).toEqual([203, 500, 500]);
  expect((await api.queued()).map(({ eventId }) => eventId)).toEqual(
    Array.from({ length: 1_203 }, (_, at) => `d${at}`),
  );
  expect((await api.parts.ledger.stats()).events).toMatchObject({ dead: 0, pending: 1_203 });
});

test("dead letters of one request are replayed in their order, however many they are", async () => {
  const api = testApi();
  for (let at = 0; at < 1_100; at += 1)
    await api.settled("dead", { eventId: `d${at}`, receivedAt: at < 50 ? 1_000 : 2_000 });

  const answer = await replay(api, { since: "1970-01-01T00:00:01Z", until: "1970-01-01T00:00:03Z" });

  expect(answer.json).toEqual({ matched: 1_100, replayed: 1_100 });
  expect((await api.queued()).map(({ eventId }) => eventId)).toEqual(
    Array.from({ length: 1_100 }, (_, at) => `d${at}`),
  );
});

test("named dead letters are replayed in the order of their receipt, too", async () => {
  const api = await withDead(3);

  await replay(api, { eventIds: ["d2", "d0", "d1"] });

  expect((await api.queued()).map(({ eventId }) => eventId)).toEqual(["d0", "d1", "d2"]);
});

test("named dead letters that came in one request are replayed in their order, and not the others of it", async () => {
  const api = testApi();
  for (const eventId of ["a", "b", "c", "d"]) await api.settled("dead", { eventId, receivedAt: 1_000 });

  const answer = await replay(api, { eventIds: ["d", "a", "c", "gone"] });

  expect(answer.json).toEqual({ matched: 3, replayed: 3, missing: ["gone"] });
  expect((await api.queued()).map(({ eventId }) => eventId)).toEqual(["a", "c", "d"]);
});

test("what is received and dies during a replay is not replayed by it", async () => {
  const api = await withDead(600);
  const { ledger, queue } = api.parts;
  const put = queue.put.bind(queue);
  vi.spyOn(queue, "put").mockImplementation(async (messages) => {
    await api.settled("dead", { eventId: `new ${messages[0]?.eventId}`, receivedAt: 9_000 });
    await put(messages);
  });

  const answer = await replay(api, {});

  expect(answer.json).toEqual({ matched: 600, replayed: 600 });
  expect((await ledger.stats()).events).toMatchObject({ dead: 2, pending: 600 });
});

test("a dead letter that dies again meanwhile is not replayed without end", async () => {
  const api = await withDead(501);
  const { ledger, queue } = api.parts;
  vi.spyOn(queue, "put").mockImplementation(async (messages) => {
    for (const message of messages) {
      const outcome = { kind: "dead", error: "still broken" } as const;
      await ledger.admit([message]);
      await ledger.settle([{ message, outcome, conflict: false, startedAt: 0, endedAt: 1 }]);
    }
  });

  const answer = await replay(api, {});

  expect(answer.json).toEqual({ matched: 501, replayed: 501 });
  expect((await ledger.stats()).events).toMatchObject({ dead: 501, pending: 0 });
});

test("two people who replay all at the same time replay each dead letter once", async () => {
  const api = await withDead(3);

  const answers = await Promise.all([replay(api, {}), replay(api, {})]);

  expect(answers.map(({ json }) => json)).toEqual([
    { matched: 3, replayed: 3 },
    { matched: 0, replayed: 0 },
  ]);
});

test("one that somebody removes meanwhile is not replayed, and the others are", async () => {
  const api = await withDead(3);
  const { ledger } = api.parts;
  const read = ledger.message.bind(ledger);
  vi.spyOn(ledger, "message").mockImplementation(async (eventId) => {
    if (eventId === "d1") await ledger.removeDead(eventId);
    return read(eventId);
  });

  const answer = await replay(api, {});

  expect(answer.json).toEqual({ matched: 3, replayed: 2 });
  expect((await api.queued()).map(({ eventId }) => eventId)).toEqual(["d0", "d2"]);
});

test("large bodies are put as soon as they are many bytes", async () => {
  const api = testApi();
  const body = Buffer.alloc(3 << 20, 0x20);
  for (const eventId of ["a", "b", "c", "d"]) await api.settled("dead", { eventId, body });
  const put = vi.spyOn(api.parts.queue, "put");

  await replay(api, {});

  expect(put.mock.calls.map(([messages]) => messages.length)).toEqual([2, 2]);
});

test.each([
  [{ name: "message.failed" }, ["failed"]],
  [{ entity: "message:1" }, ["sent"]],
  [{ until: "1970-01-01T00:00:02Z" }, ["sent"]],
  [{ text: "needle" }, ["failed"]],
  [{ eventIds: ["sent", "sent", "handled", "none"] }, ["sent"], { missing: ["handled", "none"] }],
  [{ eventIds: ["sent", "failed"], since: "1970-01-01T00:00:02Z" }, ["failed"], { missing: ["sent"] }],
  [{ eventIds: ["sent", "handled"], since: "1970-01-01" }, ["sent"], { missing: ["handled"] }],
  [{ eventIds: ["sent"] }, ["sent"], { missing: [] }],
])("a replay keeps to %j", async (request, expected, missing?) => {
  const api = testApi();
  await api.settled("dead", {
    eventId: "sent",
    name: "message.sent",
    entity: "message:1",
    receivedAt: 1_000,
  });
  const body = Buffer.from('{"eventId":"failed","name":"message.failed","payload":"needle"}');
  await api.settled("dead", { eventId: "failed", name: "message.failed", receivedAt: 3_000, body });
  await api.settled("handled", { eventId: "handled" });

  const answer = await replay(api, request);

  expect(answer.json).toEqual({ matched: 1, replayed: 1, ...missing });
  expect((await api.queued()).map(({ eventId }) => eventId)).toEqual(expected);
});

test.each([
  ["", "`{}` means all"],
  ["[]", "must be a JSON object"],
  ["null", "must be a JSON object"],
  ["{", "must be a JSON object"],
  ['{"status":"dead"}', "`status` is not known here. The body takes entity, name"],
  ['{"since":7}', "`since` must be a string"],
  ['{"since":"soon"}', "`since` must be a time"],
  ['{"since":"1h","until":"2h"}', "`since` is after `until`"],
  ['{"name":""}', "`name` must be a string"],
  ['{"eventIds":[]}', "`eventIds` must be an array of 1 to 1000 strings"],
  ['{"eventIds":[1]}', "`eventIds` must be"],
  ['{"dryRun":"yes"}', "`dryRun` must be true or false"],
])("the body %s is answered with 400, and replays nothing", async (body, message) => {
  const api = await withDead(1);

  const answer = await api.call("POST", "/api/v1/dead-letters/replay", body);

  expect(answer.status).toBe(400);
  expect(answer.json).toMatchObject({ error: { message: expect.stringContaining(message) } });
  expect(await api.queued()).toEqual([]);
});

test("a body without end is not read to its end", async () => {
  const api = testApi();

  const answer = await api.call("POST", "/api/v1/dead-letters/replay", " ".repeat((1 << 20) + 1));

  expect(answer.status).toBe(413);
});

test("a body and its list of ids may be as large as is said, and no larger", async () => {
  const { call, settled } = testApi();
  await settled("dead", { eventId: "e1" });
  const withIds = (count: number): string =>
    JSON.stringify({ eventIds: Array.from({ length: count }, (_, at) => `e${at}`) });
  const post = async (body: string): Promise<number> =>
    (await call("POST", "/api/v1/dead-letters/replay", body)).status;

  const statuses = [await post(withIds(1_000)), await post(withIds(1_001)), await post("{}".padEnd(1 << 20))];

  expect(statuses).toEqual([200, 400, 200]);
});

test("a client that leaves in the middle of the body is no fault of the server, and replays nothing", async () => {
  const lines: string[] = [];
  const { api } = testApi({ log: jsonLog("warn", (line) => lines.push(line)) });
  const body = new ReadableStream({
    start: (stream) => stream.enqueue(Buffer.from("{")),
    pull: (stream) => stream.error(new Error("aborted")),
  });

  const answer = await api.fetch(
    new Request("http://local/api/v1/dead-letters/replay", { method: "POST", body, duplex: "half" }),
  );

  expect(answer.status).toBe(400);
  expect(lines).toEqual([]);
});

test("a replay that the queue refuses leaves the dead letters dead", async () => {
  const api = await withDead(2);
  vi.spyOn(api.parts.queue, "put").mockRejectedValue(new QueueUnavailableError("too many are waiting"));

  const answer = await replay(api, {});

  expect(answer.status).toBe(503);
  expect((await api.parts.ledger.stats()).events.dead).toBe(2);
});

test("a dead letter can be removed for good, once", async () => {
  const api = await withDead(1);
  await api.settled("handled", { eventId: "h" });

  const answers = [
    await api.call("DELETE", "/api/v1/dead-letters/d0"),
    await api.call("DELETE", "/api/v1/dead-letters/d0"),
    await api.call("DELETE", "/api/v1/dead-letters/h"),
  ];

  expect(answers.map(({ status }) => status)).toEqual([204, 404, 404]);
});
