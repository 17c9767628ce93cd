import type { ServerResponse } from "node:http";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { makeCertificate } from "../../../test/support/network/certificate.ts";
import { httpsServer } from "../../../test/support/network/https-server.ts";
import { apiServer } from "../../../test/support/network/api-server.ts";
import { type CliWorld, type RunningCli, startCli, runCli } from "../../../test/support/program/cli.ts";
import { aDataFolder } from "../../../test/support/program/reader.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import type { EventRecord } from "../../api/contract.ts";
import { removeServerInfo, writeServerInfo } from "../../config/folder/server-notes.ts";
import { eventually } from "../../testing/eventually.ts";

const token = "the token of the test";

afterEach(() => {
  vi.useRealTimers();
});

const record = (fields: Partial<EventRecord>): EventRecord => ({
  eventId: "e1",
  name: "message.delivered",
  entity: "message:7b1d9e04-5c3f-4c9a-9b1e-2f6d8a7c0e55",
  revision: 3,
  status: "handled",
  attempts: 1,
  deliveries: 1,
  conflict: false,
  receivedAt: "2026-11-24T10:00:00.000Z",
  occurredAt: null,
  settledAt: null,
  error: null,
  accountId: null,
  apiSpaceId: null,
  synthetic: false,
  ...fields,
});

interface Stream {
  readonly url: string | undefined;
  readonly lastEventId: string | undefined;
  readonly response: ServerResponse;
}

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly streams: readonly Stream[];
  /** What happens while the list of the newest events is on its way. */
  whileListing?: () => void;
  /** The token that it takes. */
  token: string;
  readonly emit: (id: number, fields: Partial<EventRecord>) => void;
  readonly env: Readonly<Record<string, string>>;
  readonly tail: (argv?: readonly string[], world?: Partial<CliWorld>) => RunningCli;
}

/** As ours does: a stream finds each event once, as it is then. */
async function aServer(newest: readonly EventRecord[] = []): Promise<Server> {
  const streams: Stream[] = [];
  const changes = new Map<string, { readonly id: number; readonly text: string }>();
  const server = await apiServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${given.token}`) return response.writeHead(401).end();
    if (!request.url?.startsWith("/api/v1/stream")) {
      given.whileListing?.();
      return response.end(JSON.stringify({ items: newest, next: null }));
    }
    const lastEventId = request.headers["last-event-id"] as string | undefined;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`retry: 2000\nid: ${lastEventId ?? 1}\n\n`);
    for (const { id, text } of changes.values()) {
      if (lastEventId !== undefined && id > Number(lastEventId)) response.write(text);
    }
    return streams.push({ url: request.url, lastEventId, response });
  });
  const env = { HOOKWELL_SERVER: server.url, HOOKWELL_TOKEN: token };
  const given: Server = {
    url: server.url,
    streams,
    token,
    env,
    emit: (id, fields) => {
      const changed = record(fields);
      const text = `id: ${id}\nevent: event\ndata: ${JSON.stringify(changed)}\n\n`;
      changes.delete(changed.eventId);
      changes.set(changed.eventId, { id, text });
      streams.at(-1)?.response.write(text);
    },
    tail: (argv = [], world = {}) => startCli(["tail", ...argv], { cwd: "/", env, ...world }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
  return given;
}

async function stop(running: RunningCli): Promise<number> {
  running.signal("SIGINT");
  return running.exit;
}

describe("tail", () => {
  test("begins with the newest events, the oldest of them first, and follows", async () => {
    await using server = await aServer([record({ name: "second" }), record({ name: "first" })]);
    const running = server.tail();
    await eventually(() => expect(server.streams).toHaveLength(2));

    server.emit(2, { name: "third" });

    await eventually(() => expect(running.stdout()).toMatch(/first[^]*second[^]*third/));
    expect(await stop(running)).toBe(130);
  });

  test("misses nothing of what changes while the newest are listed, and shows nothing twice or too late", async () => {
    await using server = await aServer([record({ eventId: "e2" }), record({ eventId: "e1" })]);
    server.whileListing = () => {
      server.emit(2, { eventId: "e2", status: "retrying" });
      server.emit(3, { eventId: "e2" });
      server.emit(4, { eventId: "e1" });
      server.emit(5, { eventId: "e3" });
      server.emit(6, { eventId: "e1", deliveries: 2 });
    };

    const running = server.tail(["--json"]);

    await eventually(() => expect(running.stdout()).toContain('"deliveries":2'));
    const lines = running.stdout().trimEnd().split("\n");
    const shown = lines.map((line) => JSON.parse(line) as EventRecord);
    expect(shown.map(({ eventId, status, deliveries }) => `${eventId} ${status} ${deliveries}`)).toEqual([
      "e1 handled 1",
      "e2 handled 1",
      "e3 handled 1",
      "e1 handled 2",
    ]);
    await stop(running);
  });

  test("has nothing in its JSON that acts on a terminal", async () => {
    await using server = await aServer([record({ name: "\u009b2J" })]);
    const running = server.tail(["--json"]);

    await eventually(() => expect(running.stdout()).toContain('"name":"\\u009b2J"'));
    await stop(running);
  });

  test("ends with success when who reads it has seen enough, as `head`", async () => {
    await using server = await aServer();
    const running = server.tail();
    await eventually(() => expect(server.streams).toHaveLength(2));

    running.signal("SIGPIPE");

    expect(await running.exit).toBe(0);
  });

  test("ends when it is asked to while it waits for the list", async () => {
    let asked = 0;
    await using server = await apiServer(({ url }, response) => {
      if (url?.startsWith("/api/v1/stream") === true) return response.writeHead(200).write("id: 1\n\n");
      return (asked += 1);
    });
    const env = { HOOKWELL_SERVER: server.url, HOOKWELL_TOKEN: token };
    const running = startCli(["tail"], { cwd: "/", env });
    await eventually(() => expect(asked).toBe(1));

    expect(await stop(running)).toBe(130);
  });

  test("fits the terminal, and puts an error below its event", async () => {
    await using server = await aServer([
      record({ status: "dead", attempts: 12, error: "Error: no database\u001b[31m" }),
      record({ deliveries: 3 }),
    ]);

    const running = server.tail(["--last", "2"], { columns: 80 });
    await eventually(() => expect(server.streams).toHaveLength(2));
    await stop(running);

    const lines = running.stdout().trimEnd().split("\n");
    expect(lines.map((line) => line.slice(8))).toEqual([
      "  ✓ handled   message.delivered        rev 3    message:7b1d…f6d8a7c0e55",
      "  ↳ 3 deliveries",
      "  ✗ dead      message.delivered        rev 3    message:7b1d…f6d8a7c0e55",
      "  ↳ 12 attempts, Error: no database\\u001b[31m",
    ]);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
  });

  test("gives one JSON object per line, and passes its conditions on", async () => {
    await using server = await aServer();
    const running = server.tail(["--json", "--name", "message.*", "--status", "dead"]);
    await eventually(() => expect(server.streams).toHaveLength(2));

    server.emit(2, { eventId: "e7" });

    await eventually(() => expect(running.stdout()).toContain("\n"));
    expect(JSON.parse(running.stdout())).toEqual(record({ eventId: "e7" }));
    expect(server.streams.at(-1)?.url).toBe("/api/v1/stream?name=message.*&status=dead");
    await stop(running);
  });

  test("takes a broken stream up again where it was", async () => {
    await using server = await aServer();
    const running = server.tail(["--last", "0"]);
    await eventually(() => expect(server.streams).toHaveLength(1));
    server.emit(41, { name: "before" });
    await eventually(() => expect(running.stdout()).toContain("before"));

    server.streams[0]?.response.destroy();

    await eventually(() => expect(server.streams).toHaveLength(2));
    expect(server.streams[1]?.lastEventId).toBe("41");
    server.emit(42, { name: "after" });
    await eventually(() => expect(running.stdout()).toContain("after"));
    await stop(running);
  });

  test("looks for the server of its data folder anew, which may be back at another port", async () => {
    await using folder = await tempFolder();
    await using before = await aServer();
    await using after = await aServer();
    const noted = (server: Server) => ({ url: `${server.url}/`, pid: process.pid });
    await writeServerInfo(folder.path, "api", noted(before));
    const env = { HOOKWELL_DATA: folder.path, HOOKWELL_TOKEN: token };
    const running = startCli(["tail", "--last", "0"], { cwd: folder.path, env, columns: 80 });
    await eventually(() => expect(before.streams).toHaveLength(1));
    before.emit(41, { name: "before" });
    await eventually(() => expect(running.stdout()).toContain("before"));

    await removeServerInfo(folder.path, "api", noted(before));
    await writeServerInfo(folder.path, "api", noted(after));
    before.streams[0]?.response.destroy();

    await eventually(() => expect(after.streams).toHaveLength(1));
    expect(after.streams[0]?.lastEventId).toBe("41");
    after.emit(42, { name: "after" });
    await eventually(() => expect(running.stdout()).toContain("after"));
    expect(running.stderr()).toContain(`Connected again: ${after.url}`);
    expect(before.streams).toHaveLength(1);
    await stop(running);
  });

  test("goes on looking while its data folder cannot be read", async () => {
    await using folder = await tempFolder();
    await using server = await aServer();
    const data = join(folder.path, "data");
    await writeServerInfo(data, "api", { url: `${server.url}/`, pid: process.pid });
    const env = { HOOKWELL_DATA: data, HOOKWELL_TOKEN: token };
    const running = startCli(["tail", "--last", "0"], { cwd: folder.path, env });
    await eventually(() => expect(server.streams).toHaveLength(1));
    server.emit(41, { name: "before" });
    await eventually(() => expect(running.stdout()).toContain("before"));
    await rename(data, `${data}-away`);
    await writeFile(data, "no folder");

    server.streams[0]?.response.destroy();

    // For longer than it waits until it looks.
    await sleep(1_500);
    await rm(data);
    await rename(`${data}-away`, data);
    await eventually(() => expect(server.streams).toHaveLength(2));
    server.emit(42, { name: "after" });
    await eventually(() => expect(running.stdout()).toContain("after"));
    await stop(running);
  });

  test("takes a stream up again that is silent for longer than a server ever is", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await using server = await aServer();
    const running = server.tail(["--last", "0"], { columns: 80 });
    await eventually(() => expect(running.stderr()).toContain("Following"));
    server.emit(41, { name: "before" });
    await eventually(() => expect(running.stdout()).toContain("before"));

    await vi.advanceTimersByTimeAsync(40_000);
    server.streams[0]?.response.write(": still here\nid: 43\n\n");
    server.emit(44, { name: "later" });
    await eventually(() => expect(running.stdout()).toContain("later"));
    await vi.advanceTimersByTimeAsync(40_000);
    expect(running.stderr()).not.toContain("broke off");
    await vi.advanceTimersByTimeAsync(10_000);

    await eventually(() => expect(running.stderr()).toContain("The stream broke off; trying again …"));
    await vi.advanceTimersByTimeAsync(1_000);
    await eventually(() => expect(server.streams).toHaveLength(2));
    expect(server.streams[1]?.lastEventId).toBe("44");
    await stop(running);
  });

  test("takes no more from the server while its own reader stalls, and then goes on where it was", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await using server = await aServer();
    const read = Promise.withResolvers<void>();
    let stalls = 0;
    const room = (): Promise<void> => {
      stalls += 1;
      return read.promise;
    };
    const running = server.tail(["--last", "0"], { columns: 80, room });
    await eventually(() => expect(running.stderr()).toContain("Following"));

    server.emit(41, { name: "first" });
    server.emit(42, { name: "second" });
    await eventually(() => expect(stalls).toBe(1));
    // That nothing comes is not the server's fault.
    await vi.advanceTimersByTimeAsync(100_000);
    const meanwhile = running.stdout();
    read.resolve();

    await eventually(() => expect(running.stdout()).toMatch(/first[^]*second/));
    expect(meanwhile).toBe("");
    expect(stalls).toBe(2);
    expect(server.streams).toHaveLength(1);
    expect(running.stderr()).not.toContain("broke off");
    await stop(running);
  });

  test("ends when it is asked to although its reader stalls", async () => {
    await using server = await aServer([record({})]);
    let stalls = 0;
    const room = (): Promise<void> => {
      stalls += 1;
      return new Promise(() => undefined);
    };
    const running = server.tail([], { room });
    await eventually(() => expect(stalls).toBe(1));

    expect(await stop(running)).toBe(130);
    expect(running.stdout()).toBe("");
  });

  test("ends if the server that is back refuses the token", async () => {
    await using server = await aServer();
    const running = server.tail(["--last", "0"]);
    await eventually(() => expect(server.streams).toHaveLength(1));
    server.emit(41, { name: "before" });
    await eventually(() => expect(running.stdout()).toContain("before"));

    server.token = "another";
    server.streams[0]?.response.destroy();

    expect(await running.exit).toBe(1);
    expect(running.stderr()).toContain("refuses the token: set HOOKWELL_TOKEN");
  });

  test.each([
    ["does not answer", 1, () => undefined],
    ["only begins its answer", 1, (response: ServerResponse) => response.writeHead(200).flushHeaders()],
    ["does not list its events", 2, (response: ServerResponse) => response.writeHead(200).write("id: 1\n\n")],
  ])("of a server that %s ends with one sentence", async (_, asks, answer) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let asked = 0;
    await using server = await apiServer(({ url }, response) => {
      asked += 1;
      if (url?.startsWith("/api/v1/events") !== true) answer(response);
    });
    const env = { HOOKWELL_SERVER: server.url, HOOKWELL_TOKEN: token };
    const running = startCli(["tail"], { cwd: "/", env });
    await eventually(() => expect(asked).toBe(asks));

    await vi.advanceTimersByTimeAsync(50_000);

    expect(await running.exit).toBe(1);
    expect(running.stderr()).toContain(`✗ ${server.url} does not answer in time.`);
  });

  test("that is refused ends with one sentence", async () => {
    await using server = await aServer();

    const running = server.tail([], { env: { ...server.env, HOOKWELL_TOKEN: "wrong" } });

    expect(await running.exit).toBe(1);
    expect(running.stderr()).toContain("refuses the token: set HOOKWELL_TOKEN");
  });

  test("needs a server that is there", async () => {
    const env = { HOOKWELL_SERVER: "http://127.0.0.1:1", HOOKWELL_TOKEN: token };

    const { code, stderr } = await runCli(["tail"], { cwd: "/", env });

    expect(code).toBe(1);
    expect(stderr).toContain("✗ http://127.0.0.1:1 does not answer: no server listens there.");
  });

  test("names the server of this folder whose certificate is not trusted here, with what to do", async () => {
    await using reader = await aDataFolder();
    const data = join(reader.cwd, ".hookwell");
    await using server = await httpsServer(await makeCertificate(reader.cwd, "own", 1));
    await writeServerInfo(data, "api", { url: `${server.url}/`, pid: process.pid });

    const { code, stderr } = await reader.run(["tail"]);

    expect(code).toBe(2);
    expect(stderr).toContain(
      `has its API at ${server.url}/, with a certificate of its own. Set HOOKWELL_TLS_CERT and HOOKWELL_TLS_KEY as`,
    );
  });
});
