import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { diagnose, type Diagnosis } from "./diagnose.ts";
import type { FindingKind } from "./diagnose/finding.ts";
import { sign } from "./signature.ts";

const value = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const secret = { name: "default", value };
const body = Buffer.from('{"name":"message.sent","payload":{"to":"a/b","text":"é😀<3","n":[1.0,{}]}}');

const hmac = (algorithm: string, bytes: Uint8Array | string, key: string | Uint8Array = value): Buffer =>
  createHmac(algorithm, key).update(bytes).digest();

const kindsOf = ({ findings }: Diagnosis): readonly FindingKind[] => findings.map(({ kind }) => kind);

function tryWith(given: { body?: Uint8Array | string; signature?: string; secret?: string }): Diagnosis {
  const { body: bytes = body, signature = sign(body, value), secret: text = value } = given;
  return diagnose({
    body: Buffer.from(bytes as string),
    signature,
    secrets: [{ name: "default", value: text }],
  });
}

describe("the doctor says of a signature that", () => {
  test("it matches, and which secret", () => {
    const diagnosis = diagnose({
      body,
      signature: sign(body, value),
      secrets: [{ name: "old", value: "x" }, secret],
    });

    expect(diagnosis).toEqual({
      matches: true,
      secret: "default",
      findings: [{ kind: "matches", sentence: 'The signature matches the secret "default".' }],
      checklist: [],
    });
  });

  test("there is none", () => {
    const diagnosis = diagnose({ body, signature: undefined, secrets: [secret] });

    expect(kindsOf(diagnosis)).toEqual(["unsigned"]);
    expect(diagnosis).toMatchObject({ matches: false, secret: null });
  });

  test("another given secret made it", () => {
    const other = { name: "retired", value: "0123456789abcdef" };

    const diagnosis = diagnose({
      body,
      signature: sign(body, other.value),
      secrets: [secret],
      otherSecrets: [other],
    });

    expect(kindsOf(diagnosis)).toEqual(["other-secret"]);
    expect(diagnosis.secret).toBe("retired");
    expect(diagnosis.findings[0]?.sentence).toContain('"retired"');
  });
});

describe("a signature that is not 40 hex digits", () => {
  const hex = sign(body, value);

  test.each([
    ["in base64", hmac("sha1", body).toString("base64"), ["base64"]],
    ["in base64 for URLs", hmac("sha1", body).toString("base64url"), ["base64"]],
    ["with sha1= before it", `sha1=${hex}`, ["prefix"]],
    ["with SHA1: before it", `SHA1:${hex.toUpperCase()}`, ["prefix"]],
    ["as openssl prints it", `HMAC-SHA1(stdin)= ${hex}\n`, ["wrapped", "prefix"]],
    ["in base64 with sha1= before it", `sha1=${hmac("sha1", body).toString("base64")}`, ["prefix", "base64"]],
    ["of SHA-256 in hex", hmac("sha256", body).toString("hex"), ["algorithm"]],
    ["of SHA-256 in base64", hmac("sha256", body).toString("base64"), ["base64", "algorithm"]],
    [
      "of SHA-256 with sha256= before it",
      `sha256=${hmac("sha256", body).toString("hex")}`,
      ["prefix", "algorithm"],
    ],
    ["of SHA-512", hmac("sha512", body).toString("hex"), ["algorithm"]],
    ["of MD5", hmac("md5", body).toString("hex"), ["algorithm"]],
    ["in quotes", `"${hex}"`, ["wrapped"]],
    ["with white space around it", ` ${hex}\r\n`, ["wrapped"]],
    ["as .NET's BitConverter writes it", (hex.toUpperCase().match(/../g) ?? []).join("-"), ["wrapped"]],
  ] as const)("is recognized %s", (_, signature, kinds) => {
    const diagnosis = tryWith({ signature });

    expect(kindsOf(diagnosis)).toEqual(kinds);
    expect(diagnosis.secret).toBe("default");
  });

  test.each([
    ["empty", "", "it is empty"],
    ["39 digits", hex.slice(1), "39 hex digits"],
    ["two values", `${hex}, ${hex}`, "several values"],
    ["a JSON Web Token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "JSON Web Token"],
    ["an Authorization header", "Basic dXNlcjpwYXNz", "Authorization"],
    ["base64 of something else", "aGVsbG8=", "base64"],
    ["anything", "¡hello!", "7 characters"],
  ])("is described when it is %s", (_, signature, words) => {
    const diagnosis = tryWith({ signature });

    expect(kindsOf(diagnosis)).toEqual(["not-hex"]);
    expect(diagnosis.findings[0]?.sentence).toContain(words);
  });

  test("is described as far as it goes when the rest does not match either", () => {
    const diagnosis = tryWith({ signature: `sha1=${"0".repeat(40)}` });

    expect(kindsOf(diagnosis)).toEqual(["prefix", "unknown"]);
  });
});

describe("two mistakes at once are found", () => {
  test.each([
    [
      "secret and body",
      `${body.toString()}\n`,
      `${value}\n`,
      sign(body, value),
      ["secret-space", "line-break"],
    ],
    [
      "secret and printing",
      body,
      value.toUpperCase(),
      sign(body.toString().replaceAll("/", "\\/"), value),
      ["secret-case", "reprinted"],
    ],
    ["signature and secret", body, ` ${value}`, `sha1=${sign(body, value)}`, ["prefix", "secret-space"]],
    [
      "all three",
      gzipSync(body),
      `"${value}"`,
      hmac("sha256", body).toString("base64"),
      ["base64", "algorithm", "secret-quotes", "compressed"],
    ],
  ] as const)("in %s", (_, bytes, text, signature, kinds) => {
    const diagnosis = tryWith({ body: bytes, secret: text, signature });

    expect(kindsOf(diagnosis)).toEqual(kinds);
  });

  test("in the body and in which secret is active", () => {
    const other = { name: "retired", value: "0123456789abcdef" };
    const signature = sign(body, other.value);

    const diagnosis = diagnose({
      body: Buffer.concat([body, Buffer.from("\n")]),
      signature,
      secrets: [secret],
      otherSecrets: [other],
    });

    expect(kindsOf(diagnosis)).toEqual(["other-secret", "line-break"]);
  });
});

describe("what cannot be found out", () => {
  const wrong = "0".repeat(40);

  test.each([
    ["a cut body", body.subarray(0, -3), "not complete JSON"],
    ["a body with something appended", `${body.toString()}x`, "not complete JSON"],
    ["an empty body", "", "empty"],
    ["a compressed body of something else", gzipSync("x"), "compressed (gzip)"],
    ["a whole body", body, `It has ${body.length} bytes`],
  ])("gets a checklist that begins with what is seen: %s", (_, bytes, words) => {
    const diagnosis = tryWith({ body: bytes, signature: wrong });

    expect(kindsOf(diagnosis)).toEqual(["unknown"]);
    expect(diagnosis.checklist.join(" ")).toContain(words);
  });

  test("includes everything when there is no secret", () => {
    const diagnosis = diagnose({ body, signature: wrong, secrets: [] });

    expect(diagnosis.checklist[0]).toBe("No secret was given to try.");
  });

  test("is what a compressed body holds if it is very large", () => {
    const bomb = Buffer.alloc(65 * 1024 * 1024);

    const diagnosis = tryWith({ body: gzipSync(bomb, { level: 1 }), signature: sign(bomb, value) });

    expect(kindsOf(diagnosis)).toEqual(["unknown"]);
  });

  test.each([
    ["100,000 levels", Buffer.from("[".repeat(100_000) + "]".repeat(100_000))],
    ["one long string", Buffer.from(`["${"a".repeat(3_000_000)}"]`)],
    ["random bytes", Buffer.from(Array.from({ length: 2_000 }, (_, index) => (index * index * 7) % 251))],
  ])("is said of %s too, in bounded time", (_, bytes) => {
    const diagnosis = tryWith({ body: bytes, signature: wrong });

    expect(kindsOf(diagnosis)).toEqual(["unknown"]);
  });
});

test("no sentence holds a secret or a piece of the body", () => {
  const diagnoses = [
    tryWith({}),
    tryWith({ secret: `${value}\n` }),
    tryWith({ secret: "another-secret" }),
    tryWith({ body: `${body.toString()}\n` }),
    tryWith({ signature: "another-signature" }),
  ];

  const words = JSON.stringify(diagnoses);

  expect(words).not.toContain(value);
  expect(words).not.toContain("another-s");
  expect(words).not.toContain("message.sent");
});
