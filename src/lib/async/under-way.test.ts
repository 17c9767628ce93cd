import { expect, test } from "vitest";
import { soon } from "../../../test/support/network/own-server.ts";
import { UnderWay } from "./under-way.ts";

test("waits until all has ended, well or not, and gives what each of them gives", async () => {
  const underWay = new UnderWay();
  const [good, bad] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const results = [underWay.add(good.promise), underWay.add(bad.promise)];
  const idle = underWay.idle();

  good.resolve("done");
  expect(await results[0]).toBe("done");
  expect([underWay.count, await soon(idle)]).toEqual([1, "not yet"]);

  bad.reject(new Error("failed"));
  await expect(results[1]).rejects.toThrow("failed");
  await idle;
  expect(underWay.count).toBe(0);
});

test("waits for what is begun meanwhile, too", async () => {
  const underWay = new UnderWay();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun = underWay.add(first.promise.then(() => void underWay.add(second.promise)));
  const idle = underWay.idle();

  first.resolve();
  await begun;
  expect(await soon(idle)).toBe("not yet");

  second.resolve();
  await idle;
});

test("does not wait when nothing is under way", async () => {
  expect(await soon(new UnderWay().idle())).toBeUndefined();
});
