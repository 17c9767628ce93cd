import { expect, test } from "vitest";
import { CopyRows } from "./copy-rows.ts";

test("rows are written as COPY reads them, with the messages of the protocol around", () => {
  const rows = new CopyRows({ one: "text", two: "smallint", three: "bytea" }, 0);
  rows.add({ one: "é", two: 7, three: Uint8Array.of(1, 2) });
  rows.add({ one: null, two: null, three: true });

  const bytes = rows.end();

  const copyData = bytes.subarray(0, -5);
  expect(copyData.toString("latin1", 0, 1)).toBe("d");
  expect(copyData.readInt32BE(1)).toBe(copyData.length - 1);
  expect(copyData.subarray(5, 24).toString("hex")).toBe(`5047434f50590aff0d0a00${"00".repeat(8)}`);
  expect(copyData.subarray(24).toString("hex")).toBe(
    ["0003", "00000002c3a9", "000000020007", "000000020102"].join("") +
      ["0003", "ffffffff", "ffffffff", "0000000101", "ffff"].join(""),
  );
  expect(bytes.subarray(-5).toString("hex")).toBe("6300000004");
});

test.for([0, 1, -1, 2 ** 32, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])(
  "the whole number %d has 64 bits",
  (value) => {
    const rows = new CopyRows({ one: "bigint" }, 64);
    rows.add({ one: value });

    expect(rows.end().readBigInt64BE(24 + 2 + 4)).toBe(BigInt(value));
  },
);

test.for([0, 1, -1, 2 ** 31 - 1, -(2 ** 31)])("the whole number %d has 32 bits", (value) => {
  const rows = new CopyRows({ one: "int" }, 64);
  rows.add({ one: value });

  const bytes = rows.end();

  expect(bytes.readInt32BE(24 + 2)).toBe(4);
  expect(bytes.readInt32BE(24 + 2 + 4)).toBe(value);
});

test("a short text is whole wherever the room for the rows ends", () => {
  for (let size = 0; size < 64; size += 1) {
    const rows = new CopyRows({ one: "bytea", two: "text" }, size);
    rows.add({ one: new Uint8Array(20), two: "ab" });

    expect(rows.end().toString("latin1", 50, 56)).toBe("\0\0\0\u0002ab");
  }
});

test("a text of wide characters is whole wherever the room for the rows ends", () => {
  const text = "漢".repeat(100);
  for (let size = 0; size < 400; size += 1) {
    const rows = new CopyRows({ one: "text" }, size);
    rows.add({ one: text });

    expect(rows.end().toString("utf8", 24 + 2 + 4, 24 + 2 + 4 + 300)).toBe(text);
  }
});
