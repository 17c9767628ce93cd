import * as fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { BodyPieces } from "./body-pieces.ts";

const lengths = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20_000 })));

test("the whole is all pieces in order, however large each is", () => {
  fc.assert(
    fc.property(lengths, (pieceLengths) => {
      const sent = pieceLengths.map((length, index) => Buffer.alloc(length, index));
      const pieces = new BodyPieces();

      for (const piece of sent) pieces.add(piece);

      expect(pieces.length).toBe(pieceLengths.reduce((sum, length) => sum + length, 0));
      expect(Buffer.compare(pieces.whole(), Buffer.concat(sent))).toBe(0);
    }),
  );
});

test("a body of one piece is that piece, not a copy", () => {
  const piece = Buffer.from("{}");
  const pieces = new BodyPieces();

  pieces.add(piece);

  expect(pieces.whole()).toBe(piece);
});

test("small pieces are copied, so that nothing else of theirs is kept", () => {
  const pieces = new BodyPieces();
  const second = Buffer.from("b");
  pieces.add(Buffer.from("a"));
  pieces.add(second);

  second[0] = 0;

  expect(Buffer.from(pieces.whole()).toString()).toBe("ab");
});

test("a body that comes byte by byte takes little more room than its bytes", () => {
  const sent = Buffer.from(Array.from({ length: 50_000 }, (_, index) => index % 251));
  const allocate = vi.spyOn(Buffer, "allocUnsafeSlow");
  onTestFinished(() => allocate.mockRestore());
  const pieces = new BodyPieces();

  for (let at = 0; at < sent.length; at += 1) pieces.add(sent.subarray(at, at + 1));

  const roomBytes = allocate.mock.calls.reduce((sum, [bytes]) => sum + bytes, 0);
  // The first piece needs no room of its own.
  expect(roomBytes).toBeGreaterThanOrEqual(sent.length - 1);
  expect(roomBytes).toBeLessThan(1.5 * sent.length);
  expect(Buffer.compare(pieces.whole(), sent)).toBe(0);
});
