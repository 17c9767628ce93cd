import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HmacSha1 } from "./hmac.ts";

const expected = (body: Uint8Array, secret: string): string =>
  createHmac("sha1", secret).update(body).digest("hex");

describe("the HMAC of a body", () => {
  test("is that of Node, for any key, of one body after the other", () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), bodies, (secret, some) => {
        const hmac = new HmacSha1(secret);

        const digests = some.map((body) => hmac.hex(body));

        expect(digests).toEqual(some.map((body) => expected(body, secret)));
      }),
      { numRuns: 500 },
    );
  });

  test.each([0, 1, 63, 64, 65])("is that of Node for a key of %i bytes", (length) => {
    const secret = "k".repeat(length);

    expect(new HmacSha1(secret).hex(Buffer.from("body"))).toBe(expected(Buffer.from("body"), secret));
  });

  test.each([0, 1, 16_383, 16_384, 16_385, 1_000_000])("is that of Node for a body of %i bytes", (length) => {
    const body = Buffer.alloc(length, "0123456789");

    expect(new HmacSha1("secret").hex(body)).toBe(expected(body, "secret"));
  });
});
