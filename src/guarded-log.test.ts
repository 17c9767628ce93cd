import { expect, test } from "vitest";
import { guardedLog } from "./guarded-log.ts";
import { logLevels } from "./log.ts";

test("a log of somebody else's is given every line, as its own method", () => {
  const lines: string[] = [];
  class Theirs {
    readonly #lines = lines;
    write(fact: string): void {
      this.#lines.push(fact);
    }
    debug = (fact: string): void => this.write(fact);
    info(fact: string): void {
      this.write(fact);
    }
    warn(fact: string): void {
      this.write(fact);
    }
    error(fact: string): void {
      this.write(fact);
    }
  }
  const log = guardedLog(new Theirs());

  for (const level of logLevels) if (level !== "silent") log[level](level);

  expect(lines).toEqual(["debug", "info", "warn", "error"]);
});
