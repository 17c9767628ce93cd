import * as fc from "fast-check";
import { expect, test } from "vitest";
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
