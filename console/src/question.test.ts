import { expect, test } from "vitest";
import { Answers } from "./question.ts";

test("of many answers the newest are kept", () => {
  const answers = new Answers();
  for (let index = 0; index < 20; index += 1) answers.keep(`events/${index}`, index);

  answers.keep("events/0", "again");
  answers.keep("events/20", 20);

  expect(["events/0", "events/1", "events/2", "events/20"].map((path) => answers.find(path))).toEqual([
    "again",
    undefined,
    2,
    20,
  ]);
});
