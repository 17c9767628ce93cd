import { isUtf8 } from "node:buffer";
import { expect, test } from "vitest";
import { testApi } from "../../test/support/program/api.ts";
import { aMessage } from "../testing/builders.ts";

test("the list shows the newest event first, page by page", async () => {
  const { call, settled } = testApi();
  for (const second of [1, 2, 3])
    await settled("handled", { eventId: `e${second}`, receivedAt: second * 1_000 });

  const first = (await call("GET", "/api/v1/events?limit=2")).json as { items: object[]; next: string };
  const second = await call("GET", `/api/v1/events?limit=2&cursor=${first.next}`);

  expect(first.items).toMatchObject([{ eventId: "e3" }, { eventId: "e2" }]);
  expect(second.json).toMatchObject({ items: [{ eventId: "e1" }], next: null });
});

test.each([
  ["entity=message%3Aa%2Fb%20%C3%A9", ["slash"]],
  ["name=message.failed", ["failed"]],
  ["status=dead", ["failed"]],
  ["since=60s", ["failed"]],
  ["until=1970-01-02", ["slash"]],
  ["text=needle", ["needle"]],
  ["status=dead&until=1970-01-02", []],
  // A program that reads span after span may ask for one that has no length yet.
  ["since=1970-01-02&until=1970-01-02", []],
])("the list keeps to the condition %s", async (query, expected) => {
  const { call, settled } = testApi();
  await settled("handled", { eventId: "slash", entity: "message:a/b é", receivedAt: 1_000 });
  const body = Buffer.from('{"eventId":"needle","name":"message.sent","payload":"a needle"}');
  await settled("handled", { eventId: "needle", name: "message.sent", receivedAt: 86_400_000 * 30, body });
  await settled("dead", { eventId: "failed", name: "message.failed" });

  const answer = await call("GET", `/api/v1/events?${query}`);

  expect((answer.json as { items: { eventId: string }[] }).items.map(({ eventId }) => eventId)).toEqual(
    expected,
  );
});

test("an event is shown with its attempts and its body as received", async () => {
  const { call, settled } = testApi();
  const received = '{ "name":"message.sent","eventId":"a/b","big":12345678901234567890.10, "2":1,"1":2 }';
  await settled("handled", { eventId: "a/b", body: Buffer.from(received) });

  const answer = await call("GET", "/api/v1/events/a%2Fb");

  expect(answer.json).toMatchObject({ eventId: "a/b", attemptLog: [{ attempt: 1, outcome: "handled" }] });
  expect(answer.text).toContain(`"body":${received}}`);
});

test.each([
  ["a byte order mark", [0xef, 0xbb, 0xbf, ...Buffer.from('{"a":"é"}')], { a: "é" }],
  ["bytes that are no UTF-8", [...Buffer.from('{"a":"'), 0xe9, ...Buffer.from('"}')], { a: "\ufffd" }],
])("an event with %s is still shown as JSON", async (_, body, shown) => {
  const { call, settled } = testApi();
  await settled("handled", { eventId: "e1", body: Uint8Array.from(body) });

  const answer = await call("GET", "/api/v1/events/e1");

  expect(answer.json).toMatchObject({ body: shown });
  expect(isUtf8(answer.bytes)).toBe(true);
});

test("the body of an event comes as the exact bytes, not to be shown by a browser", async () => {
  const { call, settled } = testApi();
  const body = Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x00, 0x7d);
  await settled("handled", { eventId: "e1", body });

  const { headers, bytes } = await call("GET", "/api/v1/events/e1/body");

  expect(bytes).toEqual(body);
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("content-length")).toBe("7");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("content-disposition")).toBe("attachment");
});

test.each(["/api/v1/events/none", "/api/v1/events/none/body"])(
  "GET %s is answered with 404",
  async (path) => {
    const { call } = testApi();

    const answer = await call("GET", path);

    expect(answer.status).toBe(404);
  },
);

test("a replay is durable in the queue, and the event is pending until it settles", async () => {
  const { call, settled, queued } = testApi();
  const message = await settled("handled", { eventId: "e1" });

  const answer = await call("POST", "/api/v1/events/e1/replay");

  expect(answer.status).toBe(202);
  expect(answer.json).toEqual({ eventId: "e1", status: "pending" });
  expect(await queued()).toEqual([{ ...message, copy: `copy-1~${message.copy}+1`, replay: true }]);
  expect((await call("GET", "/api/v1/events/e1")).json).toMatchObject({ status: "pending" });
});

test("an event that is not settled is replayed as it is: the ledger drops the replay if it is tried meanwhile", async () => {
  const { call, parts, settled, queued } = testApi();
  await parts.ledger.admit([aMessage({ eventId: "new", copy: "first" })]);
  await settled("retry", { eventId: "again", copy: "second" });

  const answers = [
    await call("POST", "/api/v1/events/new/replay"),
    await call("POST", "/api/v1/events/again/replay"),
    await call("POST", "/api/v1/events/none/replay"),
  ];

  expect(answers.map(({ status }) => status)).toEqual([202, 202, 404]);
  expect((await queued()).map(({ eventId, copy }) => [eventId, copy])).toEqual([
    ["new", "copy-1~first+0"],
    ["again", "copy-2~second+1"],
  ]);
});

test("two people who replay the same event at once replay it once", async () => {
  const { call, parts, settled, queued } = testApi();
  await settled("dead", { eventId: "e1" });

  const answers = await Promise.all([
    call("POST", "/api/v1/events/e1/replay"),
    call("POST", "/api/v1/events/e1/replay"),
  ]);

  expect(answers.map(({ status }) => status)).toEqual([202, 202]);
  const kinds: string[] = [];
  for (const message of await queued()) {
    const [verdict] = await parts.ledger.admit([message]);
    kinds.push(String(verdict?.kind));
    const [outcome, startedAt, endedAt] = [{ kind: "handled" } as const, 5, 6];
    if (verdict?.kind === "fresh")
      await parts.ledger.settle([{ message, outcome, conflict: false, startedAt, endedAt }]);
  }
  expect(kinds).toEqual(["fresh", "duplicate"]);
});
