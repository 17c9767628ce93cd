import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchingSecret, sign, SignatureCheck, verify } from "./signature.ts";

const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const checkBody = '{"name":"message.sent"}';
const checkValue = "68f05e15500c0a1d0a1f4103d1eefbc904284819";

function openssl(body: Uint8Array, key: string): string {
  const line = execFileSync("openssl", ["dgst", "-sha1", "-hmac", key], { input: body, encoding: "utf8" });
  return /[0-9a-f]{40}$/.exec(line.trim())?.[0] ?? line;
}

describe("a signature", () => {
  test("is the published check value", () => {
    expect(sign(checkBody, secret)).toBe(checkValue);
    expect(verify(checkBody, checkValue, secret)).toBe(true);
  });

  test.each([
    ["one event", Buffer.from(checkBody), secret],
    ["an array with white space", Buffer.from('[ {"a":1} ,\r\n {"b":"é😀"}]\n'), secret],
    ["nothing", Buffer.alloc(0), secret],
    ["a byte order mark", Buffer.from("\ufeff{}"), secret],
    ["every byte there is", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), secret],
    ["a large body", Buffer.alloc(300_000, "0123456789abcdef"), secret],
    ["a secret that is not ASCII", Buffer.from(checkBody), "schlüssel-鍵"],
    ["a secret longer than a block of SHA-1", Buffer.from(checkBody), "k".repeat(100)],
  ])("of %s is what openssl gives", (_, body, key) => {
    const expected = openssl(body, key);

    const signature = sign(body, key);

    expect(signature).toBe(expected);
    expect(verify(body, expected, key)).toBe(true);
  });

  test("is accepted in hex of either case", () => {
    const upper = checkValue.toUpperCase();
    const mixed = checkValue.replace("f", "F");

    const answers = [upper, mixed].map((signature) => verify(checkBody, signature, secret));

    expect(answers).toEqual([true, true]);
  });

  test.each([
    ["missing", undefined],
    ["null", null],
    ["empty", ""],
    ["39 digits", checkValue.slice(1)],
    ["41 digits", `${checkValue}0`],
    ["42 digits", `${checkValue}00`],
    ["two values", `${checkValue}, ${checkValue}`],
    ["with a prefix", `sha1=${checkValue}`],
    ["with a line break", `${checkValue}\n`],
    ["with a space", ` ${checkValue}`],
    ["no hex", checkValue.replace("6", "g")],
    ["base64", Buffer.from(checkValue, "hex").toString("base64")],
    ["40 digits that are not ASCII", "６８".repeat(20)],
  ])("is refused when it is %s", (_, signature) => {
    expect(verify(checkBody, signature, secret)).toBe(false);
  });

  test("of another secret or body is refused", () => {
    expect(verify(checkBody, checkValue, `${secret} `)).toBe(false);
    expect(verify(`${checkBody}\n`, checkValue, secret)).toBe(false);
    expect(verify(checkBody, checkValue, [])).toBe(false);
  });

  test("of an empty secret, or one of a variable that is not set, is refused: anyone can make it", () => {
    const forged = sign(checkBody, "");

    const unset = process.env["HOOKWELL_TEST_UNSET"] as string;
    const lists = ["", [""], [secret, ""], [{ name: "old", value: "" }], unset, [secret, unset]];
    const answers = lists.map((secrets) => verify(checkBody, forged, secrets));

    expect(answers).toEqual(lists.map(() => false));
    expect(verify(checkBody, checkValue, [unset, secret])).toBe(true);
  });

  test("may come from any of several secrets, which is then named", () => {
    const secrets = [
      { name: "new", value: "0123456789abcdef" },
      { name: "old", value: secret },
    ];

    const found = matchingSecret(Buffer.from(checkBody), checkValue, secrets);

    expect(found?.name).toBe("old");
    expect(verify(checkBody, checkValue, secrets)).toBe(true);
    expect(verify(checkBody, checkValue, ["other", secret])).toBe(true);
  });

  test("verifies for any bytes, and for no other bytes", () => {
    const body = fc.uint8Array({ minLength: 1 });
    fc.assert(
      fc.property(body, fc.string({ minLength: 1 }), fc.nat(), (body, key, at) => {
        const changed = body.map((byte, index) => (index === at % body.length ? byte ^ 1 : byte));

        const signature = sign(body, key);

        expect(verify(body, signature, key)).toBe(true);
        expect(verify(changed, signature, key)).toBe(false);
      }),
    );
  });
});

test.for([
  ["an object, as a body parser leaves it", { name: "message.sent" }],
  ["no body at all", undefined],
  ["an ArrayBuffer, as request.arrayBuffer() gives it", new ArrayBuffer(8)],
] as const)("a body that is %s is told as a mistake of the caller", ([, body]) => {
  const asBody = body as unknown as string;

  expect(() => sign(asBody, "secret")).toThrow("as it came: as a Uint8Array or as text");
  const signature = sign("a body", "secret");
  expect(() => verify(asBody, signature, "secret")).toThrow("as it came: as a Uint8Array or as text");
});

test("a request without a body and a signature, as anybody can send it, is not genuine, and no mistake", () => {
  expect(verify(undefined as unknown as string, undefined, "secret")).toBe(false);
});

describe("a check of many requests", () => {
  const old = { name: "old", value: secret };
  const other = { name: "new", value: "0123456789abcdef" };
  const body = Buffer.from(checkBody);

  test("finds the secret that a single check finds", () => {
    const check = new SignatureCheck();
    const secrets = [other, old];
    const signatures = [
      checkValue,
      checkValue.toUpperCase(),
      sign(body, other.value),
      "0".repeat(40),
      "x",
      undefined,
    ];

    const found = signatures.map((signature) => check.matchingSecret(body, signature, secrets));

    expect(found).toEqual([old, old, other, undefined, undefined, undefined]);
    expect(found).toEqual(signatures.map((signature) => matchingSecret(body, signature, secrets)));
  });

  test("knows the secrets of a new list, and no more those of the last one", () => {
    const check = new SignatureCheck();
    const lists = [[old], [other, old], [other], [], [old]];

    const found = lists.map((secrets) => check.matchingSecret(body, checkValue, secrets)?.name);

    expect(found).toEqual(["old", "old", undefined, undefined, "old"]);
  });

  test("is right of large bodies as of small ones", () => {
    const large = Buffer.alloc(300_000, "0123456789abcdef");

    const found = new SignatureCheck().matchingSecret(large, sign(large, secret), [other, old]);

    expect(found).toBe(old);
  });
});
