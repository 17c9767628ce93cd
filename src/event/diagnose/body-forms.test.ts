import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { diagnose, type Diagnosis } from "../diagnose.ts";
import { sign } from "../signature.ts";
import type { FindingKind } from "./finding.ts";

const value = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
const body = Buffer.from('{"name":"message.sent","payload":{"to":"a/b","text":"é😀<3","n":[1.0,{}]}}');

const kindsOf = ({ findings }: Diagnosis): readonly FindingKind[] => findings.map(({ kind }) => kind);

function tryWith({
  body: bytes = body,
  signature,
}: {
  body?: Uint8Array | string;
  signature: string;
}): Diagnosis {
  return diagnose({ body: Buffer.from(bytes as string), signature, secrets: [{ name: "default", value }] });
}

describe("a body that was changed on the way", () => {
  const text = body.toString();
  const json: unknown = JSON.parse(text);
  const pretty = Buffer.from(JSON.stringify(json, null, 2));
  const crlf = Buffer.from(pretty.toString().replaceAll("\n", "\r\n"));
  const bom = Buffer.from("\ufeff");

  test.each([
    ["a line break more", `${text}\n`, body, ["line-break"]],
    ["a CRLF more", `${text}\r\n`, body, ["line-break"]],
    ["several line breaks more", `${text}\n\n\r\n`, body, ["line-break"]],
    ["a line break less", body, `${text}\n`, ["line-break"]],
    ["a CRLF less", body, `${text}\r\n`, ["line-break"]],
    ["white space around it", ` \t${text} `, body, ["line-break"]],
    ["a byte order mark more", `\ufeff${text}`, body, ["bom"]],
    ["a byte order mark less", body, `\ufeff${text}`, ["bom"]],
    ["a byte order mark and a line break more", `\ufeff${text}\n`, body, ["bom", "line-break"]],
    ["a byte order mark and a line break less", body, `\ufeff${text}\n`, ["bom", "line-break"]],
    ["CRLF instead of LF", crlf, pretty, ["line-endings"]],
    ["LF instead of CRLF", pretty, crlf, ["line-endings"]],
    [
      "LF instead of CRLF, and a line break less",
      pretty,
      `${crlf.toString()}\r\n`,
      ["line-endings", "line-break"],
    ],
    [
      "LF instead of CRLF, and a byte order mark less",
      pretty,
      Buffer.concat([bom, crlf]),
      ["line-endings", "bom"],
    ],
    ["Latin-1 read as UTF-8", Buffer.from(body.toString("latin1")), body, ["charset"]],
    ["UTF-8 read as Latin-1", body, body.toString("latin1"), ["charset"]],
    ["UTF-16", body, Buffer.from(text, "utf16le"), ["charset"]],
    ["gzip", gzipSync(body), body, ["compressed"]],
    ["deflate", deflateSync(body), body, ["compressed"]],
    ["raw deflate", deflateRawSync(body), body, ["compressed"]],
    ["Brotli", brotliCompressSync(body), body, ["compressed"]],
    ["Zstandard", zstdCompressSync(body), body, ["compressed"]],
  ] as const)("is recognized by %s", (_, given, signed, kinds) => {
    const diagnosis = tryWith({ body: given, signature: sign(Buffer.from(signed as string), value) });

    expect(kindsOf(diagnosis)).toEqual(kinds);
    expect(diagnosis.secret).toBe("default");
  });

  const python = '{"name": "message.sent", "payload": {"to": "a/b", "text": "é😀<3", "n": [1.0, {}]}}';
  const asciiPython = python.replace("é😀", "\\u00e9\\ud83d\\ude00");

  test.each([
    ["indented by 2", pretty, JSON.stringify(json), "compact"],
    ["compact", text, text.replace(/":/g, '": ').replaceAll(',"', ', "').replace("1.0,", "1.0, "), "Python"],
    ["compact", text, asciiPython, "with non-ASCII characters escaped"],
    ["as Python prints it", asciiPython, text, "without needless escapes"],
    ["compact", text, JSON.stringify(json), "values"],
    ["compact", text, JSON.stringify(json, null, 2), "values, indented by 2"],
    ["compact", text, JSON.stringify(json, null, 4), "values, indented by 4"],
    ["compact", JSON.stringify(json), JSON.stringify(json, null, 2), "indented by 2 spaces"],
    ["compact", JSON.stringify(json), JSON.stringify(json, null, 4), "indented by 4 spaces"],
    ["compact", JSON.stringify(json), JSON.stringify(json, null, "\t"), "indented by tabs"],
    ["compact", text, text.replaceAll("/", "\\/"), "with `/` escaped"],
    ["compact", text, text.replaceAll("/", "\\/").replace("é😀", "\\u00e9\\ud83d\\ude00"), "PHP"],
    ["compact", text, text.replace("<", "\\u003c"), "Go"],
    ["compact", text, text.replace("é😀<", "\\u00E9\\uD83D\\uDE00\\u003C"), ".NET"],
    ["with duplicate keys", '{"a":1, "a":2}', '{"a":1,"a":2}', "compact"],
    ["with brackets in strings", '{"a":"[ {\\" :,", "b":[ ]}', '{"a":"[ {\\" :,","b":[]}', "compact"],
  ])("is recognized as printed again: %s (%#)", (_, given, signed, form) => {
    const diagnosis = tryWith({ body: given, signature: sign(signed, value) });

    expect(kindsOf(diagnosis)).toEqual(["reprinted"]);
    expect(diagnosis.findings[0]?.sentence).toContain(form);
  });

  test("is recognized as printed again without the line break of the original", () => {
    const diagnosis = tryWith({ signature: sign(`${python}\n`, value) });

    expect(kindsOf(diagnosis)).toEqual(["reprinted", "line-break"]);
  });
});
