import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { diagnose } from "../diagnose.ts";
import { keyForms } from "./secret-forms.ts";

const value = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const body = Buffer.from('{"name":"message.sent"}');

describe("a secret that is not the signer's", () => {
  const lower = "aabbccddeeff00112233445566778899";
  const umlaut = "schlüssel-geheim";
  const base64Secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";

  test.each([
    ["white space around it", ` ${value}\t`, value, "secret-space"],
    ["a line break more", `${value}\n`, value, "secret-space"],
    ["a line break less", value, `${value}\n`, "secret-space"],
    ["a CRLF less", value, `${value}\r\n`, "secret-space"],
    ["a space less", value, ` ${value}`, "secret-space"],
    ["quotes around it", `"${value}"`, value, "secret-quotes"],
    ["single quotes and a line break around it", `'${value}'\n`, value, "secret-quotes"],
    ["quotes less", value, `'${value}'`, "secret-quotes"],
    ["upper case", value.toUpperCase(), value, "secret-case"],
    ["lower case", value, value.toUpperCase(), "secret-case"],
    ["a GUID without hyphens", value.replaceAll("-", ""), value, "secret-case"],
    ["a GUID without braces", value, `{${value}}`, "secret-case"],
    ["hex that the signer decoded", lower, Buffer.from(lower, "hex"), "secret-encoding"],
    ["base64 that the signer decoded", base64Secret, Buffer.from(base64Secret, "base64"), "secret-encoding"],
    ["text that the signer has as hex", value, Buffer.from(value).toString("hex"), "secret-encoding"],
    ["text that the signer has as base64", value, Buffer.from(value).toString("base64"), "secret-encoding"],
    ["URL-encoded", "a%2Bb%2F0123456789", "a+b/0123456789", "secret-encoding"],
    ["text that the signer has as UTF-16", value, Buffer.from(value, "utf16le"), "secret-charset"],
    ["text that the signer has as Latin-1", umlaut, Buffer.from(umlaut, "latin1"), "secret-charset"],
    ["text without a byte order mark", value, `\ufeff${value}`, "secret-charset"],
    ["text with a byte order mark", `\ufeff${umlaut}`, umlaut, "secret-charset"],
    ["there, while the signer has none", value, "", "secret-empty"],
    ["there, while the signer has `undefined`", value, "undefined", "secret-empty"],
  ] as const)("is recognized by %s", (_, given, signers, kind) => {
    const signature = createHmac("sha1", signers).update(body).digest("hex");

    const diagnosis = diagnose({ body, signature, secrets: [{ name: "default", value: given }] });

    expect(diagnosis.findings.map((finding) => finding.kind)).toEqual([kind]);
    expect(diagnosis.secret).toBe("default");
  });
});

test("no key is tried twice, and the secret as it is comes first", () => {
  const forms = keyForms(value);

  const keys = forms.map(({ key }) => key.toString("hex"));
  expect(new Set(keys).size).toBe(keys.length);
  expect(forms[0]).toEqual({ key: Buffer.from(value), findings: [] });
});
