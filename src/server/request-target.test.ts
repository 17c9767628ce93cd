import { expect, test } from "vitest";
import { pathAndQuery } from "./request-target.ts";

test.each([
  ["/", "/"],
  ["/hooks?a=b", "/hooks?a=b"],
  ["http://hooks.example.com/hooks?a=b", "/hooks?a=b"],
  ["HTTPS://[::1]:8443/hooks", "/hooks"],
  ["http://hooks.example.com", "/"],
  ["http://hooks.example.com?a=/b", "/?a=/b"],
  ["/http://hooks.example.com/", "/http://hooks.example.com/"],
  ["//hooks.example.com/", "//hooks.example.com/"],
  ["*", "*"],
  ["ftp://hooks.example.com/", "ftp://hooks.example.com/"],
])("%s asks for %s", (target, expected) => {
  expect(pathAndQuery(target)).toBe(expected);
});
