import * as fc from "fast-check";
import { expect, test } from "vitest";
import { joined, nothingPacked, pack, packedTogether, unpack } from "./spans.ts";

test("what is packed comes out again: every part, in order, byte for byte", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (parts) => {
      const again = unpack(pack(parts));

      expect(again.map((part) => [...part])).toEqual(parts.map((part) => [...part]));
    }),
  );
});

test("the buffer holds the parts and nothing else, so that it can be handed over", () => {
  const { bytes, lengths } = pack([Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]);

  expect([...bytes]).toEqual([1, 2, 3]);
  expect(bytes.buffer.byteLength).toBe(3);
  expect([...lengths]).toEqual([2, 0, 1]);
});

test("a part that is a piece of a larger buffer is packed without the rest", () => {
  const large = Uint8Array.of(9, 1, 2, 9);

  expect([...pack([large.subarray(1, 3)]).bytes]).toEqual([1, 2]);
});

test("packing copies, so that the parts may be used again", () => {
  const part = Uint8Array.of(1);
  const packed = pack([part]);

  part[0] = 9;

  expect([...packed.bytes]).toEqual([1]);
});

test("parts that lie side by side are packed as the others are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.array(fc.nat(100)), (bytes, cuts) => {
      const marks = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
      const parts = marks.map((mark, index) => bytes.subarray(mark, marks[index + 1]));

      const packed = pack(parts);

      expect([...packed.bytes]).toEqual([...bytes.subarray(marks[0] ?? bytes.length)]);
      expect(unpack(packed).map((part) => [...part])).toEqual(parts.map((part) => [...part]));
    }),
  );
});

test("only parts that lie side by side in one buffer are joined", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const [left, right] = [bytes.subarray(1, 2), bytes.subarray(2, 4)];

  expect(joined([left, right])).toEqual(Uint8Array.of(2, 3, 4));
  expect(joined([right, left])).toBeUndefined();
  expect(joined([left, bytes.subarray(3)])).toBeUndefined();
  expect(joined([left, Uint8Array.of(3, 4)])).toBeUndefined();
  expect(joined([])).toBeUndefined();
});

test("what was packed apart is packed together, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.uint8Array({ maxLength: 20 }))), (lists) => {
      const together = packedTogether(lists.map(pack));

      expect(unpack(together).map((part) => [...part])).toEqual(lists.flat().map((part) => [...part]));
      expect(together.bytes.length).toBe(together.bytes.buffer.byteLength);
    }),
  );
});

test("what is alone is handed on as it is, unless its buffer holds more", () => {
  const alone = pack([Uint8Array.of(1, 2)]);
  const inLarger = { bytes: Uint8Array.of(9, 1, 2, 9).subarray(1, 3), lengths: Uint32Array.of(2) };

  expect(packedTogether([nothingPacked, alone]).bytes).toBe(alone.bytes);
  expect(packedTogether([inLarger]).bytes).toEqual(Uint8Array.of(1, 2));
  expect(packedTogether([inLarger]).bytes.buffer.byteLength).toBe(2);
});
