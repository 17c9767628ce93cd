import { expect, test } from "vitest";
import type { Dish } from "../handler/behaviour.ts";
import { crashViolations } from "./crash.ts";

const allocating: readonly Dish[] = [{ misdeed: "allocates", oneIn: 2, attempts: 1 }];

/** Whether it breaks a promise that process 7 ended in this way. */
const isBreach = (signal: string | null, dishes: readonly Dish[] = []): boolean =>
  crashViolations(7, signal, "its last line", { dishes }).length > 0;

test.each(["SIGBUS", "SIGSEGV", "SIGILL", "SIGFPE", "SIGSYS"])(
  "%s ends no process, whatever it does",
  (signal) => {
    expect([isBreach(signal), isBreach(signal, allocating)]).toEqual([true, true]);
  },
);

test("a process gives up only where handlers take all memory", () => {
  expect([isBreach("SIGABRT"), isBreach("SIGABRT", allocating)]).toEqual([true, false]);
});

test.each(["SIGKILL", "SIGTERM", null])(
  "what a fault does, or the process itself by exit code, is none (%s)",
  (end) => {
    expect(isBreach(end)).toBe(false);
  },
);

test("it names the process and what it said", () => {
  expect(crashViolations(7, "SIGBUS", "its last line", { dishes: [] })).toEqual([
    { rule: "crash", text: "Process 7 ended by SIGBUS, which nobody sent: its last line" },
  ]);
});
