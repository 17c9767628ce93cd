import { expect, test } from "vitest";
import { keptHeaders } from "./request.ts";

test("headers are kept under names in lower case, as a signature is looked for", () => {
  const kept = keptHeaders({ "X-Comapi-Signature": "abc", Host: "example.com" });

  expect(kept).toEqual({ "x-comapi-signature": "abc", host: "example.com" });
});

test.each(["Authorization", "proxy-authorization", "COOKIE", "X-Api-Key"])(
  "%s may carry credentials and is not kept",
  (name) => {
    expect(keptHeaders({ [name]: "secret", accept: "*/*" })).toEqual({ accept: "*/*" });
  },
);

test("long values are cut, and of a flood of headers only some are kept, and the signature", () => {
  const flood = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-${index}`, "v"]));

  expect(keptHeaders({ long: "x".repeat(10_000) })["long"]).toHaveLength(1_000);
  const kept = keptHeaders({ ...flood, "X-Comapi-Signature": "abc" });
  expect(Object.keys(kept)).toHaveLength(101);
  expect(kept["x-comapi-signature"]).toBe("abc");
});

test("a header named like what every object has is only a header", () => {
  const kept = keptHeaders(JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>);

  expect(Object.entries(kept)).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
  expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
});
