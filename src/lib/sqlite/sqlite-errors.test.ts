import { expect, test } from "vitest";
import { DamageError, ForeignFileError, isBusy, isDamage, isFull, isOfAnotherKind } from "./sqlite-errors.ts";

type Case = readonly [error: unknown, expected: boolean];
const others: readonly Case[] = [new Error("database is locked"), null, undefined].map((error) => [
  error,
  false,
]);

test.each<Case>([
  [{ errcode: 5 }, true],
  [{ errcode: 6 }, true],
  [{ errcode: 261 }, true],
  [{ errcode: 13 }, false],
  ...others,
])("%o means that somebody holds the lock: %s", (error, expected) => {
  expect(isBusy(error)).toBe(expected);
});

test.each<Case>([
  [{ errcode: 11 }, true],
  [{ errcode: 267 }, true],
  [{ errcode: 26 }, true],
  [new DamageError("not what was written"), true],
  [{ errcode: 10 }, false],
  [{ errcode: 13 }, false],
  ...others,
])("%o means that the file is damaged: %s", (error, expected) => {
  expect(isDamage(error)).toBe(expected);
});

test.each<Case>([
  [{ errcode: 26 }, true],
  [new ForeignFileError("without a table note"), true],
  [{ errcode: 11 }, false],
  [new DamageError("not what was written"), false],
  ...others,
])("%o means that the file is none of ours: %s", (error, expected) => {
  expect(isOfAnotherKind(error)).toBe(expected);
});

test.each<Case>([
  [{ errcode: 13 }, true],
  [{ code: "ENOSPC" }, true],
  [{ code: "EDQUOT" }, true],
  [{ code: "EIO" }, false],
  [{ errcode: 10 }, false],
  ...others,
])("%o means that the disk has no room: %s", (error, expected) => {
  expect(isFull(error)).toBe(expected);
});
