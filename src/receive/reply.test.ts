import { expect, test } from "vitest";
import { accepted, refused, replyKinds } from "./reply.ts";

test.each([
  ["tooLarge", 413],
  ["empty", 400],
  ["unsigned", 401],
  ["mismatch", 401],
  ["malformed", 400],
  ["methodNotAllowed", 405],
  ["readBefore", 503],
  ["unavailable", 503],
] as const)("%s is answered with %i, a code and a sentence", (kind, status) => {
  const reply = refused(kind);

  const { error } = JSON.parse(reply.body) as { error: { code: string; message: string } };
  expect(reply).toMatchObject({ kind, status, events: 0 });
  expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(error.code).toMatch(/^[A-Z_]+$/);
  expect(error.message).toMatch(/^[A-Z].*\.$|\?$/);
});

test("what is accepted is answered with the number of events", () => {
  const reply = accepted(500);

  expect(reply).toMatchObject({ kind: "accepted", status: 200, events: 500 });
  expect(JSON.parse(reply.body)).toEqual({ accepted: 500 });
});

test("a fault of ours says when to come again, and another method that it is POST", () => {
  const [unavailable, method] = [refused("unavailable"), refused("methodNotAllowed")];

  expect(unavailable.headers["retry-after"]).toMatch(/^\d+$/);
  expect(method.headers["allow"]).toBe("POST");
});

test("each kind of answer can be counted before there is one", () => {
  expect(replyKinds).toEqual(expect.arrayContaining(["accepted", "unsigned", "malformed", "unavailable"]));
});
