import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { headerText, headerValue, subjectTokens } from "./text.ts";

describe("a text as the value of a header", () => {
  test("is itself for usual values", () => {
    for (const usual of ["message.delivered", "9a5d2c1e-0000", "two words", "a:b", "-1.5"]) {
      expect(headerValue(usual)).toBe(usual);
    }
  });

  test("is escaped as in a URL where a header cannot hold it", () => {
    expect(headerValue("50 %\r\né🙂")).toBe("50 %25%0D%0A%C3%A9%F0%9F%99%82");
    expect(headerValue(" x ")).toBe("%20x%20");
  });

  test("comes back as it was, whatever it is, and has no character that a header cannot hold", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const value = headerValue(text);
        expect(headerText(value)).toBe(text);
        expect(value).toMatch(/^[\x20-\x7e]*$/);
        expect(value.trim()).toBe(value);
      }),
    );
  });
});

describe("an event name as the end of a subject", () => {
  test("is itself where it can be, and is never empty, long or a wildcard", () => {
    expect(subjectTokens("message.delivered")).toBe("message.delivered");
    expect(subjectTokens("a.*.>. ..b")).toBe("a._._._._.b");
    expect(subjectTokens("")).toBe("_");
    expect(subjectTokens("é".repeat(500))).toBe("_".repeat(128));
  });
});
