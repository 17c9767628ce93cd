import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { damaged, jsonText, objectText } from "../../test/support/events/json-text.ts";
import { plainBatch } from "../../test/support/events/plain-batch.ts";
import { MalformedError } from "../errors.ts";
import { Families } from "./entity.ts";
import { parseBatch, parseJson, type Batch, type Envelope } from "./envelope.ts";

const families = new Families();
const parse = (text: string | Uint8Array): Batch => parseBatch(Buffer.from(text as string), families);
const textOf = (part: { readonly body: Uint8Array }): string => Buffer.from(part.body).toString();

function only(text: string | Uint8Array): Envelope {
  const [envelope, ...more] = parse(text).envelopes;
  if (envelope === undefined || more.length > 0) throw new Error("not exactly one event");
  return envelope;
}

const longest = "x".repeat(1_000);
const full = `{
  "eventId": "e1", "accountId": 48213, "apiSpaceId": "s1", "name": "message.sent",
  "payload": {"id": "m1"}, "revision": 2, "timestamp": "2025-03-04T10:15:22.004Z"
}`;

describe("a single event", () => {
  test("gives what is known of it, and keeps its bytes", () => {
    const envelope = only(full);

    expect(envelope).toEqual({
      eventId: "e1",
      name: "message.sent",
      entity: "message:m1",
      state: "message:m1",
      revision: 2,
      occurredAt: Date.UTC(2025, 2, 4, 10, 15, 22, 4),
      accountId: 48_213,
      apiSpaceId: "s1",
      body: Buffer.from(full),
    });
  });

  test.each([
    ["a byte order mark and white space", `\ufeff\r\n {"name":"a","eventId":"1"}\n\t`],
    ["duplicate keys, of which the last counts", '{"eventId":"0","name":"a","eventId":"1"}'],
    [
      "numbers that no double can hold",
      '{"eventId":"1","name":"a","n":1e999,"m":123456789012345678901234567890}',
    ],
    ["escapes where none are needed", '{"\\u0065ventId":"\\u0031","name":"a"}'],
    ["a NUL and other control characters", '{"eventId":"1","name":"a","p":"\\u0000\\u0007"}'],
    ["lone surrogates in its payload", '{"eventId":"1","name":"a","payload":{"t":"\\ud83d"}}'],
    ["a key named __proto__", '{"eventId":"1","name":"a","__proto__":{"name":"b"}}'],
  ])("may have %s", (_, text) => {
    const envelope = only(text);

    expect(envelope.eventId).toBe("1");
    expect(envelope.name).toBe("a");
    expect(textOf(envelope)).toBe(text);
  });

  test("may hold bytes that are no UTF-8, which are kept", () => {
    const bytes = Buffer.concat([
      Buffer.from('{"eventId":"1","name":"a","p":"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}'),
    ]);

    const envelope = only(bytes);

    expect(envelope.body).toEqual(bytes);
  });

  test("may be 100,000 deep", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);

    const envelope = only(`{"eventId":"1","name":"a","payload":${deep}}`);

    expect(envelope.name).toBe("a");
  });

  test.each([
    ["is absent", "", null],
    ["is a whole number", ',"revision":7', 7],
    ["is written as a decimal", ',"revision":7.0', 7],
    ["is zero", ',"revision":0', 0],
    ["is minus zero", ',"revision":-0', 0],
    ["is negative", ',"revision":-1', null],
    ["is no whole number", ',"revision":1.5', null],
    ["is too large to be exact", ',"revision":9007199254740992', null],
    ["is infinite", ',"revision":1e999', null],
    ["is a text", ',"revision":"7"', null],
    ["is null", ',"revision":null', null],
  ])("whose revision %s", (_, field, revision) => {
    const envelope = only(`{"eventId":"1","name":"a"${field}}`);

    expect(envelope.revision).toBe(revision);
  });

  test.each([
    ["absent", "", null],
    ["a time", ',"timestamp":"1970-01-01T00:00:01.500Z"', 1_500],
    ["a time with an offset", ',"timestamp":"1970-01-01T01:00:00+01:00"', 0],
    ["no time", ',"timestamp":"yesterday"', null],
    ["a day that does not exist", ',"timestamp":"2025-02-30T00:00:00Z"', null],
    ["a number", ',"timestamp":1500', null],
  ])("whose timestamp is %s", (_, field, occurredAt) => {
    const envelope = only(`{"eventId":"1","name":"a"${field}}`);

    expect(envelope.occurredAt).toBe(occurredAt);
  });

  test("whose id and name are as long as they may be", () => {
    const envelope = only(JSON.stringify({ eventId: longest, name: longest }));

    expect(envelope).toMatchObject({ eventId: longest, name: longest });
  });

  test.each([
    ["absent", "", null, null],
    ["texts", ',"accountId":"48213","apiSpaceId":"s1"', "48213", "s1"],
    ["broken texts", ',"accountId":"4\\ud800","apiSpaceId":"s\\udfff"', "4\ufffd", "s\ufffd"],
    ["of other kinds", ',"accountId":[1],"apiSpaceId":7', null, null],
    ["as long as an id may be", `,"accountId":"${longest}","apiSpaceId":"${longest}"`, longest, longest],
    ["longer than that", `,"accountId":"${longest}x","apiSpaceId":"${longest}x"`, null, null],
    ["infinite", ',"accountId":1e999', null, null],
    ["the largest number that is exact", ',"accountId":9007199254740991', 9_007_199_254_740_991, null],
    ["a number that would become another", ',"accountId":9007199254740993', null, null],
  ])("whose account and API space are %s", (_, fields, accountId, apiSpaceId) => {
    const envelope = only(`{"eventId":"1","name":"a"${fields}}`);

    expect(envelope).toMatchObject({ accountId, apiSpaceId });
  });
});

describe("a body is malformed", () => {
  test.each([
    ["nothing", ""],
    ["only a byte order mark", "\ufeff"],
    ["text", "hello"],
    ["a cut object", '{"eventId":"1","name":"a"'],
    ["two objects", '{"eventId":"1","name":"a"}{}'],
    ["two byte order marks", '\ufeff\ufeff{"eventId":"1","name":"a"}'],
    ["a trailing comma", '[{"eventId":"1","name":"a"},]'],
    ["a form", "eventId=1&name=a"],
    ["a raw NUL", '{"eventId":"1","name":"a"}\0'],
  ])("if it is %s", (_, text) => {
    expect(() => parse(text)).toThrow(new MalformedError("The body is not JSON."));
  });

  test.each(["1", '"text"', "null", "true"])("if it is %s", (text) => {
    expect(() => parse(text)).toThrow(new MalformedError("An event is a JSON object; this is not."));
  });

  test.each([
    ["no eventId", '{"name":"a"}', "The event has no string `eventId`."],
    ["an empty eventId", '{"eventId":"","name":"a"}', "The event has no string `eventId`."],
    ["an eventId that is a number", '{"eventId":1,"name":"a"}', "The event has no string `eventId`."],
    ["no name", '{"eventId":"1"}', "The event has no string `name`."],
    ["a name that is null", '{"eventId":"1","name":null}', "The event has no string `name`."],
    [
      "a lone surrogate in its eventId",
      '{"eventId":"\\ud83d","name":"a"}',
      "`eventId` is not valid Unicode text.",
    ],
    [
      "a name of 1,001 characters",
      `{"eventId":"1","name":"${"a".repeat(1_001)}"}`,
      "`name` is longer than 1,000 characters.",
    ],
    [
      "its id only in a prototype",
      '{"__proto__":{"eventId":"1"},"name":"a"}',
      "The event has no string `eventId`.",
    ],
  ])("if its only event has %s", (_, text, message) => {
    expect(() => parse(text)).toThrow(new MalformedError(message));
  });

  test("if its only event has an eventId that is no UTF-8", () => {
    const bytes = Buffer.from('{"eventId":"\u00ff","name":"a"}', "latin1");

    expect(() => parse(bytes)).toThrow(new MalformedError("`eventId` is not valid Unicode text."));
  });

  test("and the error quotes nothing of it", () => {
    let error: unknown;
    try {
      parse('{"password":"hunter2"');
    } catch (caught) {
      error = caught;
    }

    expect(error).toBeInstanceOf(MalformedError);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("hunter2");
  });
});

describe("an array", () => {
  test("gives each event with its exact bytes, in order", () => {
    const texts = ['{ "eventId":"1", "name":"a" }', '{"name":"b","eventId":"2","n":1.0}'];

    const { envelopes, unusable } = parse(`\ufeff[\n ${texts.join(" ,\r\n ")} ]\n`);

    expect(envelopes.map(textOf)).toEqual(texts);
    expect(envelopes.map(({ eventId }) => eventId)).toEqual(["1", "2"]);
    expect(unusable).toEqual([]);
  });

  test("may be empty", () => {
    expect(parse("[ ]")).toEqual({ envelopes: [], unusable: [], next: undefined });
  });

  test("of more than 1,000 elements comes in parts", () => {
    const texts = Array.from({ length: 2_001 }, (_, index) => `{"eventId":"${index}","name":"a"}`);
    const body = Buffer.from(`\ufeff[ ${texts.join(" , ")} ] `);

    const first = parse(body);
    const second = parseBatch(body, families, first.next);
    const last = parseBatch(body, families, second.next);

    const parts = [first, second, last].map(({ envelopes }) => envelopes.map(textOf));
    expect(parts).toEqual([texts.slice(0, 1_000), texts.slice(1_000, 2_000), texts.slice(2_000)]);
    expect(last.next).toBeUndefined();
  });

  test.each(["", ",]", ",7", "],", "],7]", "]]", ",{]}"])(
    "of more than 1,000 elements gives none of them if it ends with %j",
    (end) => {
      expect(() => parse(`[${full},${"7,".repeat(998)}7${end}`)).toThrow(MalformedError);
      expect(() => parse(`[${full},${"7,".repeat(999)}7${end}`)).toThrow(MalformedError);
    },
  );

  test("tells the usable elements from the others", () => {
    const { envelopes, unusable } = parse(
      '[1,{"eventId":"1","name":"a"},[{"eventId":"2","name":"b"}],null,{"name":"c"}]',
    );

    expect(envelopes.map(({ eventId }) => eventId)).toEqual(["1"]);
    expect(unusable.map((part) => [textOf(part), part.reason])).toEqual([
      ["1", "An event is a JSON object; this is not."],
      ['[{"eventId":"2","name":"b"}]', "An event is a JSON object; this is not."],
      ["null", "An event is a JSON object; this is not."],
      ['{"name":"c"}', "The event has no string `eventId`."],
    ]);
  });

  test("of 500 events gives 500", () => {
    const texts = Array.from({ length: 500 }, (_, index) => `{"eventId":"${index}","name":"a"}`);

    const { envelopes } = parse(`[${texts.join()}]`);

    expect(envelopes.map(textOf)).toEqual(texts);
  });
});

describe("whatever comes", () => {
  const overridden = new Families({
    "message.*": { id: ["payload.0.id", "payload.id", "é"], state: ["payload.context.id", "payload.length"] },
  });
  const keys = ["eventId", "name", "revision", "timestamp", "accountId", "apiSpaceId", "payload", "payload"];
  const ids = ["id", "profileId", "conversationId", "context", "messageId", "0"];
  const name = fc.constantFrom(
    "message.sent",
    "message.inbound",
    "conversationMessage.read",
    "presence.away",
    "x",
  );
  const event = fc
    .tuple(name, objectText([...keys, ...ids]))
    .map(
      ([name, text]) =>
        `{"eventId":"e","name":"${name}"${/^\{\s*\}$/.test(text) ? "}" : `,${text.slice(1)}`}`,
    );
  const body = fc.oneof(
    { weight: 2, arbitrary: event },
    {
      weight: 4,
      arbitrary: fc
        .array(fc.oneof(event, event, jsonText(keys)), { maxLength: 5 })
        .map((all) => `[${all.join(" ,")}]`),
    },
    { weight: 1, arbitrary: jsonText(keys) },
  );

  test.each([
    ["in any spelling", body.map((text) => Buffer.from(`\ufeff ${text}\n`)), 2_000],
    ["damaged", damaged(body), 4_000],
  ])("is taken apart as JSON.parse and a plain splitter do it: %s", (_, bodies, numRuns) => {
    const outcome = (parse: typeof plainBatch, bytes: Buffer, families: Families): unknown => {
      try {
        const { envelopes, unusable } = parse(bytes, families);
        const exact = <T extends { readonly body: Uint8Array }>(part: T) => ({
          ...part,
          body: Buffer.from(part.body).toString("hex"),
        });
        return { envelopes: envelopes.map(exact), unusable: unusable.map(exact) };
      } catch (error) {
        return error;
      }
    };

    fc.assert(
      fc.property(bodies, fc.constantFrom(families, overridden), (bytes, rules) => {
        expect(outcome(parseBatch, bytes, rules)).toEqual(outcome(plainBatch, bytes, rules));
      }),
      { numRuns },
    );
  });
});

test("bytes are parsed as JSON with or without a byte order mark", () => {
  expect(parseJson(Buffer.from('\ufeff{"a":[1]}'))).toEqual({ a: [1] });
  expect(parseJson(Buffer.from('"\\ud800"'))).toBe("\ud800");
});

test("an error of parsing quotes nothing of the bytes", () => {
  const bytes = Buffer.from('{"password":"hunter2"');

  expect(() => parseJson(bytes)).toThrow(new MalformedError("The body cannot be parsed."));
});
