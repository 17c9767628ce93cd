import { expect, test } from "vitest";
import { isRefusal } from "./is-refusal.ts";

const said = (code: string): Error => Object.assign(new Error("what it says"), { severity: "ERROR", code });

test.for(["23505", "40001", "25P02", "57014"])(
  "what the server refuses, and goes on, is not kept: %s",
  (code) => {
    expect(isRefusal(said(code))).toBe(true);
  },
);

// A commit that waits for a standby is done on the server itself when an operator ends its connection.
test.for(["57P01", "57P02", "57P03", "57P05", "08006", "25P03", "25P04"])(
  "if the server ends the connection, nobody knows what it has kept: %s",
  (code) => {
    expect(isRefusal(said(code))).toBe(false);
  },
);

test("what no server has said is no answer", () => {
  expect(isRefusal(new Error("Connection terminated unexpectedly"))).toBe(false);
  expect(isRefusal("gone")).toBe(false);
});
