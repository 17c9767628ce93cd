import { expect, test } from "vitest";
import { BodyBudget, budgetFor } from "./body-budget.ts";

const kib = 1024;

test("ordinary bodies need no share of the memory", () => {
  const budget = new BodyBudget(0);

  const answers = Array.from({ length: 1_000 }, () => budget.open().grow(64 * kib));

  expect(answers).not.toContain(false);
});

test("large ones share it, and get no more than there is", () => {
  const budget = new BodyBudget(200 * kib);

  const answers = [1, 2, 3].map(() => budget.open().grow(164 * kib));

  expect(answers).toEqual([true, true, false]);
});

test("a body that grows pays for what is new only", () => {
  const share = new BodyBudget(100 * kib).open();

  const answers = [10, 64, 100, 164, 165].map((length) => share.grow(length * kib));

  expect(answers).toEqual([true, true, true, true, false]);
});

test("what is released is there for others, once", () => {
  const budget = new BodyBudget(100 * kib);
  const [first, second] = [budget.open(), budget.open()];
  first.grow(164 * kib);
  expect(second.grow(164 * kib)).toBe(false);

  first.release();
  first.release();

  expect(second.grow(164 * kib)).toBe(true);
  expect(budget.open().grow(65 * kib)).toBe(false);
});

test("there is room for a few of the largest bodies that are accepted", () => {
  const limit = 1024 * 1024 * 1024;
  const budget = new BodyBudget(budgetFor(limit));

  const answers = [1, 2, 3, 4].map(() => budget.open().grow(limit));

  expect(answers).toEqual([true, true, true, true]);
  expect(budgetFor(1)).toBeGreaterThan(64 * 1024 * 1024);
});
