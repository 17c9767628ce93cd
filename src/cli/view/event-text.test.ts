import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { outputOf } from "../output-of.ts";
import { eventText } from "./event-text.ts";

const lineOf = (body: string): string => {
  const stream = Object.assign(new PassThrough(), { isTTY: false, columns: undefined });
  return eventText(outputOf(stream, {}))({
    eventId: "4c92e7b0",
    name: "message.sent",
    entity: "message:7b1d9e04",
    revision: 1,
    receivedAt: new Date(0),
    body: Buffer.from(body),
  });
};

test("where nobody reads on a terminal, an event is one line of JSON, however its body was laid out", () => {
  const body = { text: "a\nb\r\u001b[2J", id: 1, list: [1, 2] };

  const line = lineOf(JSON.stringify(body, null, 2).replaceAll("\n", "\r\n"));

  expect(line.split(/\r\n|\n|\r/)).toHaveLength(2);
  expect(JSON.parse(line)).toMatchObject({
    eventId: "4c92e7b0",
    receivedAt: "1970-01-01T00:00:00.000Z",
    body,
  });
});

test("numbers keep all their digits", () => {
  expect(lineOf('{"id":12345678901234567890.0}')).toContain('"body":{"id":12345678901234567890.0}}');
});

test("a body of millions of tokens holds up nothing else", () => {
  const body = `[${"1,".repeat(4_000_000)}1]`;
  const begun = performance.now();

  const line = lineOf(body);

  expect(line.length).toBeGreaterThan(body.length);
  expect(performance.now() - begun).toBeLessThan(500);
});
