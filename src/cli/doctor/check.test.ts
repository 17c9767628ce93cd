import { expect, test } from "vitest";
import { HookwellError } from "../../errors.ts";
import { failed } from "./check.ts";

test.for<[error: unknown, says: string]>([
  [new TypeError("is not a function"), "is not a function"],
  ["thrown by itself", "thrown by itself"],
])("%s does not say what to do, so the log may", ([error, says]) => {
  expect(failed("Stores", error)).toEqual({
    level: "fail",
    topic: "Stores",
    says,
    cure: "See whether the log says more.",
  });
});

test("an error of ours says what to do itself", () => {
  class OfOurs extends HookwellError {
    override readonly code = "OF_OURS";
  }

  expect(failed("Stores", new OfOurs("Gone: start it."))).toEqual({
    level: "fail",
    topic: "Stores",
    says: "Gone: start it.",
  });
});
