import { expect, test } from "vitest";
import { doAll } from "./do-all.ts";

test("each is done behind the one before, also behind one that fails; the first failure is told", async () => {
  const done: string[] = [];
  const fails = (what: string) => (): never => {
    done.push(what);
    throw new Error(what);
  };
  const slow = async (): Promise<void> => {
    await Promise.resolve();
    done.push("slow");
  };

  const all = doAll([slow, fails("first"), () => void done.push("between"), fails("second")]);

  await expect(all).rejects.toThrow("first");
  expect(done).toEqual(["slow", "first", "between", "second"]);
});
