import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { indentJson } from "./indent-json.ts";

/** JSON text as nobody prints it: white space wherever it may stand, and numbers of any length. */
const wildJson = fc
  .tuple(fc.jsonValue(), fc.array(fc.constantFrom("", " ", "\n", "\t\r\n  "), { minLength: 1 }))
  .map(([value, spaces]) => {
    let at = 0;
    const space = (): string => spaces[(at += 1) % spaces.length] ?? "";
    return withoutSpace(JSON.stringify(value)).replaceAll(
      /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:]+/g,
      (token) => {
        const long = token === "0" ? "12345678901234567890.000e-7" : token;
        return `${space()}${long}${space()}`;
      },
    );
  });

const withoutSpace = (text: string): string =>
  text.replaceAll(/("(?:[^"\\]|\\[^])*")|[ \t\r\n]+/g, (_, string: string | undefined) => string ?? "");

describe("indentJson", () => {
  test("changes nothing but white space between tokens", () => {
    fc.assert(
      fc.property(wildJson, (text) => {
        const indented = indentJson(text);

        expect(withoutSpace(indented)).toBe(withoutSpace(text));
        expect(JSON.parse(indented)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("lays text out as JSON.stringify does", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const indented = indentJson(JSON.stringify(value));

        expect(indented).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  test("keeps numbers, escapes, repeated keys and their order", () => {
    const indented = indentJson('{"b":1.0,"a":12345678901234567890,"b":"\\u00e9\\/"}');

    expect(indented).toBe('{\n  "b": 1.0,\n  "a": 12345678901234567890,\n  "b": "\\u00e9\\/"\n}');
  });

  test("takes text that is 100,000 deep", () => {
    const deep = `${"[".repeat(100_000)}1${"]".repeat(100_000)}`;

    const indented = indentJson(deep);

    expect(indented.replaceAll(/\s/g, "")).toBe(deep);
    expect(indented.length).toBeLessThan(220_000);
  });

  test.each([
    ["plain text", "y"],
    ["line breaks", "abc\n"],
    ["backslashes and quotes", '\\"'],
  ])("takes a string of %s that fills a body of 16 MiB", (_, piece) => {
    const json = JSON.stringify({ a: [piece.repeat((12 * 1024 * 1024) / piece.length)] });

    const indented = indentJson(json);

    expect(indented === JSON.stringify(JSON.parse(json), null, 2)).toBe(true);
  });

  test("puts what is more than 64 deep on one line", () => {
    const indented = indentJson(`${"[".repeat(63)}{"a":{"b":{"c":[1,2]}},"d":[]}${"]".repeat(63)}`);

    const [before, inside] = ["  ".repeat(63), "  ".repeat(64)];
    expect(indented).toContain(
      `\n${before}{\n${inside}"a": {"b": {"c": [1,2]}},\n${inside}"d": []\n${before}}\n`,
    );
  });

  test("tells the painter what each token is", () => {
    const painted = indentJson('{"a":["b",-1,true]}', { paint: (token, kind) => `<${kind} ${token}>` });

    expect(painted.replaceAll(/\s*\n\s*/g, "")).toBe(
      '<mark {><key "a"><mark :> <mark [><string "b"><mark ,><number -1><mark ,><literal true><mark ]><mark }>',
    );
  });

  test("keeps all of what is not JSON", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const indented = indentJson(text);

        expect(withoutSpace(indented)).toBe(withoutSpace(text));
      }),
    );
  });
});
