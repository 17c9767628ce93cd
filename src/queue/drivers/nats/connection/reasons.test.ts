import { expect, test } from "vitest";
import { parseEngineUrl } from "../../../../lib/engines/engine-url.ts";
import { refusalOf } from "./refusal.ts";
import { mostTelling, reasonsOf, refusalByAll } from "./reasons.ts";

class AuthorizationError extends Error {}

const url = parseEngineUrl("nats://one:1,two:2");
const nobodySays = async () => [];
const [refused, away] = [new AuthorizationError("Authorization Violation"), new Error("connection refused")];

test.each([
  ["by one host while another is away", new AggregateError([away, refused]), "by nats://two:2:", false],
  ["by all", new AggregateError([refused, refused]), "by nats://one:1:", true],
  // As when a host that has just let us in, whichever it was, then does not.
  ["by an unknown one of them", refused, "by nats://one:1,two:2:", false],
])(
  "a login that is refused %s is told, and final only if nobody else is left",
  async (_, error, says, isFinal) => {
    const reasons = await reasonsOf(error, url, nobodySays);

    expect(refusalOf(mostTelling(reasons, url), url)?.message).toContain(says);
    expect(refusalByAll(reasons, url) !== undefined).toBe(isFinal);
  },
);

test("what the host itself says counts for that host alone", async () => {
  const late = Object.assign(new Error("timeout"), { name: "TimeoutError" });
  const full = new Error("maximum connections exceeded");

  const reasons = await reasonsOf(new AggregateError([late, late]), url, async () => [
    { greets: false },
    { greets: true, reason: full },
  ]);

  expect(reasons).toEqual([late, full]);
});
