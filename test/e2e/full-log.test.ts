import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { readServerInfos } from "../../src/config/folder/server-notes.ts";
import { sample } from "../../src/sandbox/samples.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { apiServer } from "../support/network/api-server.ts";
import { testEnv } from "../support/program/app.ts";
import { envOf, program, start } from "../support/program/built.ts";
import { type Client, clientOf } from "../support/program/client.ts";
import { endChild } from "../support/servers/end-child.ts";
import { hasPython, python } from "../support/servers/python.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a disk that has no room for the log and what is printed stops neither receiving nor processing", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");
  const script = `exec "${process.execPath}" "${program}" serve >/dev/full 2>/dev/full`;
  await using hookwell = await start("sh", ["-c", script], {
    cwd: folder.path,
    env: { ...testEnv(data), HOOKWELL_LOG_LEVEL: "info" },
  });
  const client = clientOf(await webhookOf(data));

  expect((await client.send(sample("message.sent"))).status).toBe(200);
  await client.settled();
  expect((await client.send(sample("message.read"))).status).toBe(200);
  await client.settled();

  process.kill(hookwell.pid, "SIGTERM");
  expect(await hookwell.exited).toBe(0);
});

test("a reader of the log and of what is printed that has gone stops a server in order", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");
  const script = `{ "${process.execPath}" "${program}" serve 2>&1; echo $? >code; } | grep -m 1 app.ready`;
  const env = { ...testEnv(data), HOOKWELL_LOG_LEVEL: "info" };

  await using hookwell = await start("sh", ["-c", script], {
    cwd: folder.path,
    env,
    ready: /"app\.ready"/,
    group: true,
  });
  const { url } = JSON.parse(hookwell.readyLine) as { readonly url: string };
  const client = clientOf(url);
  await eventually(() => expect(client.send(sample("message.sent"))).rejects.toThrow());
  await hookwell.exited;

  const code = await eventually(() => readFile(join(folder.path, "code"), "utf8"));
  expect(code).toBe("0\n");
  expect(await readServerInfos(data, "webhook")).toEqual([]);
});

/** A server that prints events for somebody who does not read. */
async function startUnread(
  data: string,
): Promise<AsyncDisposable & { client: Client; child: ChildProcessByStdio<null, Readable, null> }> {
  const times = { HOOKWELL_HANDLER_TIMEOUT: "500ms", HOOKWELL_BACKOFF_MAX: "500ms" };
  const child = spawn(process.execPath, [program, "serve"], {
    env: envOf({ ...testEnv(data), ...times, HOOKWELL_MAX_ATTEMPTS: "1000" }),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const client = clientOf(await webhookOf(data));
  return { client, child, [Symbol.asyncDispose]: () => endChild(child, "SIGKILL") };
}

const sampleRecord = { eventId: "e1", name: "a.b", entity: "a:1", status: "handled" };

const unread = Array.from({ length: 2_000 }, (_, at) => ({
  eventId: `e${at}`,
  name: "much",
  payload: "more than pipes hold, in all".repeat(40),
}));

test("events wait in the queue while nobody reads what is printed, and are printed once somebody does", async () => {
  await using folder = await tempFolder();
  await using server = await startUnread(join(folder.path, "data"));
  const { client, child } = server;

  expect((await client.send(unread)).status).toBe(200);
  // What cannot be printed in time is not handled.
  await eventually(async () => expect((await client.stats()).events.retrying).toBeGreaterThan(0));
  const printed = new Set<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    printed.add((JSON.parse(line) as { readonly eventId: string }).eventId);
  });

  expect((await client.settled()).events.handled).toBe(unread.length);
  await eventually(() => expect(printed.size).toBe(unread.length));
});

test("a server stops even if nobody reads what it has printed", async () => {
  await using folder = await tempFolder();
  await using server = await startUnread(join(folder.path, "data"));
  await server.client.send(unread);
  await eventually(async () => expect((await server.client.stats()).events.retrying).toBeGreaterThan(0));

  const exited = once(server.child, "exit");
  server.child.kill("SIGTERM");

  expect(await exited).toEqual([0, null]);
});

test("a command that is asked to end does so although nobody reads what it has printed", async () => {
  const record = { ...sampleRecord, error: "more than pipes hold, in all".repeat(400) };
  await using server = await apiServer((request, response) => {
    if (request.url?.startsWith("/api/v1/events") !== true) return response.writeHead(200).write("id: 1\n\n");
    return response.end(JSON.stringify({ items: Array.from({ length: 100 }, () => record), next: null }));
  });
  const child = spawn(process.execPath, [program, "tail", "--json", "--last", "100"], {
    env: envOf({ HOOKWELL_SERVER: server.url, HOOKWELL_TOKEN: "a token" }),
    stdio: ["ignore", "pipe", "ignore"],
  });
  await using held = new AsyncDisposableStack();
  held.defer(() => endChild(child, "SIGKILL"));
  const exited = once(child, "exit");
  // It has more to print than is held here and in the pipe.
  child.stdout.once("readable", () => undefined);
  await eventually(() => expect(child.stdout.readableLength).toBeGreaterThanOrEqual(65_536));

  child.kill("SIGTERM");

  expect(await exited).toEqual([143, null]);
});

/** Where the server of a data folder takes events, once it does. */
const webhookOf = (data: string): Promise<string> =>
  eventually(async () => {
    const [info] = await readServerInfos(data, "webhook");
    if (info === undefined) throw new Error("It is not ready yet.");
    return info.url;
  });

test.skipIf(!hasPython("pty"))(
  "a terminal that is closed stops a server in order, however quiet it is",
  async () => {
    await using folder = await tempFolder();
    const data = join(folder.path, "data");
    const inTerminal = "import pty, sys; pty.spawn(sys.argv[1:])";
    await using terminal = await start(python, ["-c", inTerminal, process.execPath, program, "serve"], {
      cwd: folder.path,
      env: { ...testEnv(data), HOOKWELL_LOG_LEVEL: "silent" },
    });
    const { pid } = await eventually(async () => {
      const [info] = await readServerInfos(data, "webhook");
      if (info === undefined) throw new Error("It is not ready yet.");
      return info;
    });

    await using held = new AsyncDisposableStack();
    held.defer(() => endIfThere(pid));

    process.kill(terminal.pid, "SIGKILL");

    // Who is killed leaves it behind.
    await eventually(async () => expect(await readServerInfos(data, "webhook")).toEqual([]));
  },
);

test("a terminal that is closed in Windows stops a server in order: SIGHUP means nothing else there", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");
  const asInWindows = 'data:text/javascript,Object.defineProperty(process, "platform", { value: "win32" })';
  await using server = await start(process.execPath, ["--import", asInWindows, program, "serve"], {
    cwd: folder.path,
    env: { ...testEnv(data), HOOKWELL_LOG_LEVEL: "info" },
    ready: /"app\.ready"/,
  });

  process.kill(server.pid, "SIGHUP");

  expect(await server.exited).toBe(0);
  expect(await readServerInfos(data, "webhook")).toEqual([]);
});

/** A server outlives its terminal if it does not do what it should. */
function endIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

test("a command whose output finds no room says so in one sentence, and has failed", async () => {
  const child = spawn("sh", ["-c", `exec "${process.execPath}" "${program}" secret generate >/dev/full`], {
    env: envOf({}),
    stdio: ["ignore", "ignore", "pipe"],
  });

  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);

  expect([code, stderr]).toEqual([
    1,
    "✗ The output cannot be written: ENOSPC: no space left on device, write. Make room, or send it elsewhere.\n",
  ]);
});
