import { createParser } from "eventsource-parser";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readServerSentEvents, type ServerSentEvent } from "./sse.ts";

async function read(bytes: Uint8Array, cuts: readonly number[] = []): Promise<readonly ServerSentEvent[]> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  const chunks = ends.map((end, at) => bytes.slice(at === 0 ? 0 : ends[at - 1], end));
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(ReadableStream.from(chunks) as ReadableStream<Uint8Array>)) {
    events.push(event);
  }
  return events;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

test("events carry the newest id, and comments nothing", async () => {
  const text =
    'retry: 2000\nid: 7\n\nevent: event\nid: 8\ndata: {"a":1}\n\n: still here\nid: 9\n\ndata: x\ndata: y\n\n';

  const events = await read(encode(text));

  expect(events).toEqual([
    { id: "7", event: "message", data: "" },
    { id: "8", event: "event", data: '{"a":1}' },
    { id: "9", event: "message", data: "" },
    { id: "9", event: "message", data: "x\ny" },
  ]);
});

test("an event that is cut off at the end is not one", async () => {
  const events = await read(encode("data: whole\n\ndata: cut off\n"));

  expect(events.map(({ data }) => data)).toEqual(["whole"]);
});

test("however the bytes arrive, the same is read as another reader of the format reads", async () => {
  const value = fc.string({ unit: fc.constantFrom("a", " ", ":", "é", "漢", "🙂", '"', "{", "\u2028") });
  const field = fc
    .tuple(fc.constantFrom("data", "event", "id", "", "retry"), value)
    .map(([name, text]) => (text === "" ? name : `${name}: ${text}`));
  const block = fc.array(field, { maxLength: 4 });
  const streams = fc.tuple(
    fc.array(block, { maxLength: 5 }),
    fc.constantFrom("\n", "\r\n"),
    fc.array(fc.nat(), { maxLength: 6 }),
  );

  await fc.assert(
    fc.asyncProperty(streams, async ([blocks, lineEnd, cuts]) => {
      const text =
        blocks.map((lines) => [...lines, "", ""].join(lineEnd)).join("") + `data: last${lineEnd}${lineEnd}`;

      const events = await read(encode(text), cuts);

      const withData = events.filter(({ data }) => data !== "");
      expect(withData.map(({ data, event }) => [data, event])).toEqual(readByOther(text));
    }),
  );
});

function readByOther(text: string): unknown[] {
  const events: unknown[] = [];
  const parser = createParser({
    onEvent: ({ data, event }) =>
      events.push([data, event === undefined || event === "" ? "message" : event]),
  });
  parser.feed(text);
  return events.filter((event) => (event as string[])[0] !== "");
}
