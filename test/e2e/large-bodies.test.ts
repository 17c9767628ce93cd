import { expect, test } from "vitest";
import { sample } from "../../src/sandbox/samples.ts";
import { startTestApp } from "../support/program/app.ts";
import { head, signature } from "../support/network/http-bytes.ts";
import { peakMemoryMb } from "../support/memory.ts";
import { startProgram } from "../support/program/process.ts";
import { converse } from "../support/network/socket.ts";
import { tempFolder } from "../support/temp-folder.ts";

const mebibyte = 1_024 * 1_024;
/** The server's own limit. */
const bodyLimit = 16 * mebibyte;
/**
 * At rest it holds about 130 MB. Bodies under way have a budget of 128 MB, of which there are copies for a moment and
 * garbage for a while. The flood has 1,300 MB.
 */
const mostMemoryMb = 800;

test("a signed event that is 100,000 levels deep is handled and kept to the byte", async () => {
  let depth = 0;
  const handlers = {
    "*": ({ payload }: { readonly payload: unknown }) => {
      for (let level: unknown = payload; level !== undefined; depth += 1) {
        level = (level as Record<string, unknown>)["a"];
      }
    },
  };
  await using app = await startTestApp({ handlers });
  const payload = `${'{"a":'.repeat(100_000)}{}${"}".repeat(100_000)}`;
  const text = `{"eventId":"deep","name":"message.sent","payload":${payload}}`;

  const [asObject, asArray, noEvent] = [
    await app.send(text),
    await app.send(`[${text}]`),
    await app.send(`${"[".repeat(100_000)}${"]".repeat(100_000)}`),
  ];

  expect([asObject, asArray, noEvent].map(({ json }) => json)).toEqual([
    { accepted: 1 },
    { accepted: 1 },
    { accepted: 0 },
  ]);
  await app.settled();
  expect(depth).toBe(100_001);
  expect(Buffer.from((await app.body("deep")) ?? []).toString()).toBe(text);
  expect((await app.event("deep"))?.deliveries).toBe(2);
});

test("500 large events in one body, as large as it may be, are taken one by one, but for the one that is none", async () => {
  await using app = await startTestApp();
  const filler = "x".repeat(Math.floor(bodyLimit / 500) - 200);
  const events = Array.from({ length: 499 }, (_, index) => {
    return `{"eventId":"large-${index}","name":"message.sent","payload":{"id":"${index}","filler":"${filler}"}}`;
  });
  const elements = events.toSpliced(250, 0, '{"name":"message.sent"}');

  const answer = await app.send(`[${elements.join(",")}]`);

  expect(answer.json).toEqual({ accepted: 499 });
  await app.settled();
  expect(app.handled.map(({ text }) => text)).toEqual(events);
  expect((await app.quarantine()).map(({ kind, bytes }) => [kind, bytes])).toEqual([["unusable", 23]]);
});

test("a flood of large bodies that nobody signed costs little memory and keeps no real event out", async () => {
  await using folder = await tempFolder();
  await using program = await startProgram({ folder: folder.path });
  const large = Buffer.alloc(bodyLimit, " ");
  const forged = head([signature("other"), `Content-Length: ${large.length}`], large);
  const unfinished = forged.subarray(0, -1);

  const cut = Array.from({ length: 40 }, () => converse(program.url, unfinished, "end"));
  const whole = Array.from({ length: 40 }, () => converse(program.url, forged));
  const [real, ...answers] = await Promise.all([program.send(sample("message.sent")), ...whole, ...cut]);

  expect(real.status).toBe(200);
  for (const { statuses } of answers.slice(0, 40)) expect(["401", "503"]).toContain(statuses.join());
  expect(peakMemoryMb(program.pid)).toBeLessThan(mostMemoryMb);
});

test("a body that comes byte by byte takes no more memory than its bytes", async () => {
  await using folder = await tempFolder();
  await using program = await startProgram({ folder: folder.path });
  const pieces = Buffer.from(`${"1\r\nx\r\n".repeat(mebibyte)}0\r\n\r\n`);

  const { statuses } = await converse(program.url, head(["Transfer-Encoding: chunked"], pieces));

  expect(statuses).toEqual([401]);
  expect(peakMemoryMb(program.pid)).toBeLessThan(300);
});

test("a client that asks before it sends a body gets 413 at once if it is too large, and is told to send any other", async () => {
  await using app = await startTestApp({ env: { HOOKWELL_BODY_LIMIT: "1024" } });
  const asks = (length: number, body = ""): Buffer => {
    const headers = [signature("other"), "Expect: 100-continue", `Content-Length: ${length}`];
    return Buffer.from(head(headers, body).toString("latin1").replace("close", "keep-alive"));
  };

  const tooLarge = await converse(app.url, asks(1_025));
  const asToProxy = Buffer.from(asks(1_025).toString("latin1").replace("POST /", "POST http://proxy/"));
  const byProxy = await converse(app.url, asToProxy);
  const fits = await converse(app.url, asks(1_024, "x".repeat(1_024)), "end");

  expect([tooLarge.statuses, byProxy.statuses, fits.statuses]).toEqual([[413], [413], [100, 401]]);
  expect(tooLarge.text).toContain("connection: close\r\n");
});
