import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { eventually } from "../../testing/eventually.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { outputOf } from "../output-of.ts";
import { pacedPrinter } from "./paced-printer.ts";

/** A megabyte as it is printed. */
const event = {
  eventId: "4c92e7b0",
  name: "message.sent",
  entity: "message:7b1d9e04",
  revision: 1,
  receivedAt: new Date(),
  body: Buffer.from(JSON.stringify("x".repeat(1024 * 1024))),
};
const { signal } = new AbortController();

function unread() {
  const stream = Object.assign(new PassThrough({ highWaterMark: 1 }), { isTTY: false, columns: undefined });
  const { log, lines } = recordedLog();
  return { stream, lines, print: pacedPrinter(outputOf(stream, {}), log) };
}

test("events that nobody reads are left out if they are in the file, which the log tells once", async () => {
  const { stream, lines, print } = unread();

  for (let printed = 0; printed < 20; printed += 1) await print(event, { signal, isInFile: true });

  expect(stream.writableLength).toBeLessThan(10 * 1024 * 1024);
  expect(lines.map(({ fact }) => fact)).toEqual(["output.unread"]);
  let read = 0;
  stream.on("data", (text: Buffer) => (read += text.filter((byte) => byte === 10).length));
  await eventually(() =>
    expect(lines[1]).toMatchObject({ fact: "output.read", fields: { leftOut: 20 - read } }),
  );
  const before = read;
  await print(event, { signal, isInFile: true });
  await eventually(() => expect(read).toBe(before + 1));
});

test("an event that is nowhere else is printed when it has been read, unless its attempt is over by then", async () => {
  const { stream, lines, print } = unread();
  const giveUp = new AbortController();
  let printed = 0;
  const both = [1, 2].map(async () => {
    await print(event, { signal, isInFile: false });
    printed += 1;
  });
  const over = Promise.allSettled([print(event, { signal: giveUp.signal, isInFile: false })]);
  giveUp.abort(new Error("too late"));

  await new Promise(setImmediate);
  expect(printed).toBe(0);
  let read = 0;
  stream.on("data", (text: Buffer) => (read += text.filter((byte) => byte === 10).length));

  await Promise.all(both);
  expect(await over).toMatchObject([{ reason: { message: "too late" } }]);
  await eventually(() => expect(read).toBe(2));
  expect(lines).toEqual([]);
});
