import { expect, test } from "vitest";
import { didYouMean, nearest } from "./nearest.ts";

const words = ["maxAttempts", "bodyLimit", "port", "path", "host"];

test.for([
  ["maxAtempts", "maxAttempts"],
  ["body_limit", "bodyLimit"],
  ["--prot", "port"],
  ["hsot", "host"],
  ["HOOKWELL_MAXATTEMPTS", "maxAttempts"],
  ["mxatempts", "maxAttempts"],
  ["maxAtt", undefined],
  ["xyrt", undefined],
  ["oxrt", undefined],
  ["xprt", undefined],
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

test("of several the nearest is meant, of equally near ones the first, and short words may have a slip, too", () => {
  expect(nearest("port", ["post", "port", "sort"])).toBe("port");
  expect(nearest("pot", ["pat", "pet"])).toBe("pat");
  expect(nearest("is", ["id"])).toBe("id");
});
