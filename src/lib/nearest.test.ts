import { expect, test } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

const words = ["maxAttempts", "bodyLimit", "port", "path", "host"];

test.for([
  ["maxAtempts", "maxAttempts"],
  ["body_limit", "bodyLimit"],
  ["--prot", "port"],
  ["hsot", "host"],
  ["banana", undefined],
  ["", undefined],
] as const)("%j is near %j", ([word, expected]) => {
  const found = nearest(word, words);

  expect(found).toBe(expected);
});

test("the question is empty when nothing is near", () => {
  const questions = [didYouMean("pott", words), didYouMean("banana", words)];

  expect(questions).toEqual([" Did you mean port?", ""]);
});
