import { createParser, type EventSourceMessage } from "eventsource-parser";
import { afterEach, expect, test, vi } from "vitest";
import { schemaErrors, testApi, type TestApi } from "../../test/support/program/api.ts";
import { LedgerUnavailableError } from "../errors.ts";
import { eventually } from "../testing/eventually.ts";
import { recordedLog } from "../testing/recorded-log.ts";

const leaving: AbortController[] = [];

afterEach(() => {
  for (const controller of leaving.splice(0)) controller.abort();
  vi.useRealTimers();
});

interface Listening {
  readonly status: number;
  readonly events: EventSourceMessage[];
  readonly text: () => string;
  readonly ended: () => boolean;
  leave(): void;
}

async function listen(api: TestApi, query = "", headers: Record<string, string> = {}): Promise<Listening> {
  const controller = new AbortController();
  leaving.push(controller);
  const request = new Request(`http://local/api/v1/stream${query}`, { headers, signal: controller.signal });
  const response = await api.api.fetch(request);
  const events: EventSourceMessage[] = [];
  let [text, ended] = ["", false];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  void (async () => {
    for await (const chunk of response.body ?? []) {
      const piece = new TextDecoder().decode(chunk);
      text += piece;
      parser.feed(piece);
    }
    ended = true;
  })();
  return {
    status: response.status,
    events,
    text: () => text,
    ended: () => ended,
    leave: () => controller.abort(),
  };
}

const idsOf = ({ events }: Listening): string[] =>
  events.map(({ data }) => (JSON.parse(data) as { eventId: string }).eventId);

test("a change is sent as it is written, and nothing from before", async () => {
  const api = testApi();
  await api.settled("handled", { eventId: "before" });
  const listening = await listen(api);

  await api.settled("handled", { eventId: "after" });

  await eventually(() => expect(listening.events.at(-1)).toMatchObject({ id: "4", event: "event" }));
  const data: unknown = JSON.parse(listening.events.at(-1)?.data ?? "");
  expect(data).toMatchObject({ eventId: "after", status: "handled" });
  expect(schemaErrors({ $ref: "#/components/schemas/EventRecord" }, data)).toBe("");
  expect(listening.text()).toMatch(/^retry: 2000\nid: 2\n\n/);
  expect(listening.text()).toMatch(/\n\nid: 4\nevent: event\ndata: \{.*\}\n\n$/);
  expect(idsOf(listening)).not.toContain("before");
});

test.each([
  ["the header", "", { "last-event-id": "2" }],
  ["the query", "?lastEventId=2", {}],
  ["the header before the query", "?lastEventId=4", { "last-event-id": "2" }],
])("a stream resumes after the id of %s", async (_, query, headers: Record<string, string>) => {
  const api = testApi();
  for (const eventId of ["first", "second", "third"]) await api.settled("handled", { eventId });

  const listening = await listen(api, query, headers);

  await eventually(() => expect(idsOf(listening)).toEqual(["second", "third"]));
});

test.each(["", "-1", "1e3", "0x10", "9007199254740993"])(
  "an id that no event has is refused: %j",
  async (id) => {
    const headers = { "last-event-id": id };

    expect((await listen(testApi(), "", headers)).status).toBe(400);
  },
);

test("an id of another ledger begins at the newest change", async () => {
  const api = testApi();
  await api.settled("handled");
  const listening = await listen(api, "?lastEventId=1000000");

  await api.settled("handled", { eventId: "next" });

  await eventually(() => expect(new Set(idsOf(listening))).toEqual(new Set(["next"])));
});

test.each([
  ["?name=message.*", ["a", "b"]],
  ["?name=message.failed", ["b"]],
  ["?entity=profile%3A1", ["c"]],
  ["?status=dead", ["b"]],
  ["?status=dead&name=profile.*", []],
])("a stream with %s sends only what is wanted", async (query, expected) => {
  const api = testApi();
  await api.settled("handled", { eventId: "a", name: "message.sent" });
  await api.settled("dead", { eventId: "b", name: "message.failed" });
  await api.settled("handled", { eventId: "c", name: "profile.update", entity: "profile:1" });
  await api.settled("dead", { eventId: "end", name: "message.failed", entity: "profile:1" });
  const all = await listen(api, "?lastEventId=0");

  const listening = await listen(api, `${query}&lastEventId=0`);

  await eventually(() => expect(idsOf(all)).toContain("end"));
  await eventually(() => expect(idsOf(listening).filter((id) => id !== "end")).toEqual(expected));
});

test("silence is broken by a comment every 15 s, with the place to resume at", async () => {
  vi.useFakeTimers();
  const api = testApi();
  const listening = await listen(api, "?name=profile.*");
  await api.settled("handled", { name: "message.sent" });

  await vi.advanceTimersByTimeAsync(14_900);
  const before = listening.text();
  await vi.advanceTimersByTimeAsync(300);

  expect(before).toBe("retry: 2000\nid: 0\n\n");
  expect(listening.text()).toBe(`${before}: still here\nid: 2\n\n`);
  expect(listening.events).toEqual([]);
});

test("after an event, the ledger is asked as seldom as before", async () => {
  vi.useFakeTimers();
  const api = testApi();
  await listen(api);
  await api.settled("handled");
  await vi.advanceTimersByTimeAsync(2_000);
  const changes = vi.spyOn(api.parts.ledger, "changes");

  await vi.advanceTimersByTimeAsync(10_000);

  expect(changes.mock.calls.length).toBeGreaterThan(5);
  expect(changes.mock.calls.length).toBeLessThan(11);
});

test("a clock that is set back keeps the line no more silent than usual", async () => {
  vi.useFakeTimers();
  const stream = await listen(testApi());
  await vi.advanceTimersByTimeAsync(1_000);

  vi.setSystemTime(Date.now() - 24 * 60 * 60 * 1_000);
  await vi.advanceTimersByTimeAsync(16_000);

  expect(stream.text()).toContain(": still here");
});

test("a reader that does not read makes the stream read no further from the ledger", async () => {
  const api = testApi();
  for (let at = 0; at < 300; at += 1) await api.settled("handled", { eventId: `e${at}` });
  const changes = vi.spyOn(api.parts.ledger, "changes");
  const response = await api.api.fetch(new Request("http://local/api/v1/stream?lastEventId=0"));
  const reader = response.body?.getReader();

  await reader?.read();
  await reader?.read();
  await api.settled("handled");

  expect(changes).toHaveBeenCalledTimes(1);
  await reader?.cancel();
});

test("a burst is sent whole and in order", async () => {
  const api = testApi();
  const listening = await listen(api);
  const ids = Array.from({ length: 450 }, (_, at) => `e${at}`);

  for (const eventId of ids) await api.settled("handled", { eventId });

  await eventually(() => expect(new Set(idsOf(listening))).toEqual(new Set(ids)));
  const places = listening.events.map(({ id }) => Number(id));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("what waits for a reader is sent without a pause, and so is what comes while it is read", async () => {
  vi.useFakeTimers();
  const api = testApi();
  const ids = Array.from({ length: 450 }, (_, at) => `e${at}`);
  for (const eventId of ids) await api.settled("handled", { eventId });
  const { ledger } = api.parts;
  const changes = ledger.changes.bind(ledger);
  let reads = 0;
  vi.spyOn(ledger, "changes").mockImplementation(async (...of) => {
    const found = await changes(...of);
    reads += 1;
    if (reads === 4) await api.settled("handled", { eventId: "meanwhile" });
    return found;
  });

  const listening = await listen(api, "?lastEventId=0");
  // Less than the time between two looks.
  await vi.advanceTimersByTimeAsync(500);

  expect(new Set(idsOf(listening))).toEqual(new Set([...ids, "meanwhile"]));
});

test("a long backlog is sent at once: no pause comes before what is known to wait", async () => {
  vi.useFakeTimers();
  const api = testApi();
  const ids = Array.from({ length: 450 }, (_, at) => `e${at}`);
  for (const eventId of ids) await api.settled("handled", { eventId });

  const listening = await listen(api, "?lastEventId=0");
  await vi.advanceTimersByTimeAsync(1);

  expect(new Set(idsOf(listening))).toEqual(new Set(ids));
});

test("changes that come within a moment are read together", async () => {
  vi.useFakeTimers();
  const api = testApi();
  const listening = await listen(api);
  await vi.advanceTimersByTimeAsync(100);
  const changes = vi.spyOn(api.parts.ledger, "changes");

  for (const eventId of ["a", "b", "c"]) {
    await api.settled("handled", { eventId });
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(30);

  expect(idsOf(listening)).toEqual(["a", "b", "c"]);
  expect(changes).toHaveBeenCalledOnce();
});

test("what another process writes into the ledger is sent a second later", async () => {
  vi.useFakeTimers();
  const api = testApi();
  // Nobody calls of that.
  vi.spyOn(api.parts.ledger, "onChange").mockReturnValue(() => undefined);
  const listening = await listen(api);
  await vi.advanceTimersByTimeAsync(100);

  await api.settled("handled", { eventId: "theirs" });
  await vi.advanceTimersByTimeAsync(1_100);

  expect(new Set(idsOf(listening))).toEqual(new Set(["theirs"]));
});

test("no proxy is to hold a stream back", async () => {
  const { headers } = await testApi().call("HEAD", "/api/v1/stream");

  expect(headers.get("x-accel-buffering")).toBe("no");
});

test("the stream ends when the client leaves, and its place is free again", async () => {
  const api = testApi();
  const listening = await Promise.all(Array.from({ length: 100 }, () => listen(api)));
  const refused = await api.call("GET", "/api/v1/stream");

  listening[0]?.leave();

  await eventually(() => expect(listening[0]?.ended()).toBe(true));
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("10");
  expect((await listen(api)).status).toBe(200);
});

test("the ledger is asked no more, and tells no more, when the client has left", async () => {
  vi.useFakeTimers();
  const api = testApi();
  const changes = vi.spyOn(api.parts.ledger, "changes");
  const onChange = vi.spyOn(api.parts.ledger, "onChange");
  const stopListening = vi.fn<() => void>();
  onChange.mockReturnValueOnce(stopListening);
  const listening = await listen(api);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(changes).toHaveBeenCalled();

  listening.leave();
  // It may be about to ask.
  await vi.advanceTimersByTimeAsync(1_000);
  changes.mockClear();
  await vi.advanceTimersByTimeAsync(5_000);

  expect(changes).not.toHaveBeenCalled();
  expect(stopListening).toHaveBeenCalledOnce();
});

test("a client that leaves before it reads frees its place", async () => {
  const api = testApi();
  for (let at = 0; at < 150; at += 1) {
    const response = await api.api.fetch(new Request("http://local/api/v1/stream"));
    await response.body?.cancel();
  }

  const listening = await listen(api);

  expect(listening.status).toBe(200);
});

test("a stream that could not begin takes no place", async () => {
  const api = testApi();
  const latest = vi
    .spyOn(api.parts.ledger, "latestChange")
    .mockRejectedValue(new LedgerUnavailableError("disk"));
  for (let at = 0; at < 150; at += 1) expect((await listen(api)).status).toBe(503);

  latest.mockRestore();

  expect((await listen(api)).status).toBe(200);
});

test("HEAD opens no stream", async () => {
  const api = testApi();
  for (let at = 0; at < 150; at += 1) await api.call("HEAD", "/api/v1/stream");

  const listening = await listen(api);

  expect(listening.status).toBe(200);
});

test("all streams end when the server stops", async () => {
  const stopping = new AbortController();
  const api = testApi({ stopping: stopping.signal });
  const listening = await listen(api);

  stopping.abort();

  await eventually(() => expect(listening.ended()).toBe(true));
  const late = await listen(api);
  await eventually(() => expect(late.ended()).toBe(true));
  expect(late.text()).toBe("");
});

test("a stream ends when its client leaves, also of a server that can be stopped", async () => {
  const api = testApi({ stopping: new AbortController().signal });
  const listening = await listen(api);

  listening.leave();

  await eventually(() => expect(listening.ended()).toBe(true));
});

test("a ledger that fails ends the stream, so that the client comes back, and the log says why", async () => {
  const { log, lines } = recordedLog();
  const api = testApi({ log });
  vi.spyOn(api.parts.ledger, "changes").mockRejectedValue(new LedgerUnavailableError("disk"));

  const listening = await listen(api);

  await eventually(() => expect(listening.ended()).toBe(true));
  expect(lines).toMatchObject([{ level: "warn", fact: "stream.broken", fields: { error: "disk" } }]);
});

test("a ledger that is closed ends the stream, and that is no trouble", async () => {
  const { log, lines } = recordedLog();
  const api = testApi({ log });
  const listening = await listen(api);

  await api.parts.ledger.close();

  await eventually(() => expect(listening.ended()).toBe(true));
  expect(lines).toEqual([]);
});

test("a read that fails when its client has left frees no second place", async () => {
  const api = testApi();
  const read = Promise.withResolvers<never>();
  const changes = vi.spyOn(api.parts.ledger, "changes").mockReturnValueOnce(read.promise);
  const listening = await listen(api);
  await eventually(() => expect(changes).toHaveBeenCalled());

  listening.leave();
  read.reject(new LedgerUnavailableError("disk"));
  await eventually(() => expect(listening.ended()).toBe(true));

  await Promise.all(Array.from({ length: 100 }, () => listen(api)));
  expect((await api.call("GET", "/api/v1/stream")).status).toBe(503);
});
