import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import type { SampleEvent } from "../../src/sandbox/samples.ts";
import { eventually, timed } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { startTestApp } from "../support/program/app.ts";
import { signed } from "../support/network/http-bytes.ts";
import { timesHandled } from "../support/program/journal.ts";
import { readJournal, startProgram, type Program } from "../support/program/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

const world = { random: seededRandom(23), now: Date.now };
const anEvent = (): SampleEvent => freshEvent("message.sent", world);

test.concurrent("SIGTERM: what is under way is answered, nobody new is let in, and what is not done is done later", async () => {
  await using folder = await tempFolder();
  await using program = await startProgram({ folder: folder.path, handlerMs: "60000" });
  const [handling, sending] = [anEvent(), anEvent()];
  await program.send(handling);
  await begun(folder.path);
  const half = await sendHalf(program, sending);

  program.signal("SIGTERM");
  const exited = timed(() => program.exited);
  await eventually(() => expectRefused(program));
  half.finish();

  expect(await half.answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*connection: close\r\n.*{"accepted":1}$/is);
  const { ms, value } = await exited;
  expect(value).toEqual({ code: 0, signal: null });
  // The sender waits so long.
  expect(ms).toBeLessThan(10_000);
  expect([...timesHandled(await readJournal(folder.path))]).toEqual([]);
  await using next = await startProgram({ folder: folder.path });
  await next.settled();
  const handled = timesHandled(await readJournal(folder.path));
  expect([handled.get(handling.eventId), handled.get(sending.eventId)]).toEqual([1, 1]);
});

test.concurrent("SIGINT: a handler that is under way finishes, and idle connections hold nothing up", async () => {
  await using folder = await tempFolder();
  await using program = await startProgram({ folder: folder.path, handlerMs: "400" });
  await program.send(anEvent());
  const idle = await openTo(program);
  await begun(folder.path);

  program.signal("SIGINT");
  const { ms, value } = await timed(() => program.exited);

  expect(value).toEqual({ code: 0, signal: null });
  // What holds it up is ended after 6 s.
  expect(ms).toBeLessThan(5_500);
  await using next = await startProgram({ folder: folder.path });
  await next.settled();
  expect([...timesHandled(await readJournal(folder.path)).values()]).toEqual([1]);
  idle.destroy();
});

test.concurrent("a second signal ends it at once", async () => {
  await using folder = await tempFolder();
  await using program = await startProgram({ folder: folder.path, handlerMs: "60000" });
  await program.send(anEvent());
  await begun(folder.path);

  program.signal("SIGTERM");
  await eventually(() => expect(program.log.map(({ fact }) => fact)).toContain("app.stopping"));
  program.signal("SIGINT");
  const { ms, value } = await timed(() => program.exited);

  expect(value).toEqual({ code: 130, signal: null });
  expect(ms).toBeLessThan(5_500);
});

test.concurrent("who stops it a second time waits for the first", async () => {
  const begun = Promise.withResolvers<void>();
  const slowly = async (): Promise<void> => {
    begun.resolve();
    await sleep(300);
  };
  await using app = await startTestApp({ handlers: { "*": slowly } });
  await app.send(anEvent());
  await begun.promise;

  const first = app.close();
  await app.close();

  expect(app.handled).toHaveLength(1);
  await first;
});

test.concurrent("a step of the stop that fails does not keep the others from being done", async () => {
  await using folder = await tempFolder();
  await using program = await startProgram({ folder: folder.path, handlerMs: "400" });
  const serverFile = join(folder.path, "data", `server-${new URL(program.url).port}.json`);
  await rm(serverFile);
  await mkdir(serverFile);
  await program.send(anEvent());
  await begun(folder.path);
  const half = await sendHalf(program, anEvent());

  program.signal("SIGTERM");
  await eventually(() => expectRefused(program));
  half.finish();

  expect(await half.answer).toMatch(/^HTTP\/1\.1 200 /);
  await program.exited;
  expect([...timesHandled(await readJournal(folder.path)).values()]).toEqual([1]);
});

/** Waits until a handler runs. */
function begun(folder: string): Promise<void> {
  return eventually(async () => {
    expect((await readJournal(folder)).map(({ kind }) => kind)).toContain("begin");
  });
}

async function openTo({ url }: Program): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) }).on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

async function expectRefused(program: Program): Promise<void> {
  await expect(openTo(program)).rejects.toMatchObject({ code: "ECONNREFUSED" });
}

/** A request of which the last byte is still to come. */
async function sendHalf(program: Program, event: SampleEvent): Promise<Half> {
  const socket = await openTo(program);
  const bytes = signed(JSON.stringify(event));
  await new Promise<void>((resolve) => socket.write(bytes.subarray(0, -1), () => resolve()));
  return { finish: () => void socket.write(bytes.subarray(-1)), answer: textOf(socket) };
}

interface Half {
  readonly finish: () => void;
  readonly answer: Promise<string>;
}
