import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { driverHarness } from "./support/drivers/driver-harness.ts";

test("the storage goes when the last driver has ended, also if one cannot be closed", async () => {
  const ends: string[] = [];
  const remove = async (): Promise<void> => void ends.push("storage");
  const { open, dispose } = driverHarness((close: () => Promise<void>) => ({ close }), remove);
  await open(() => Promise.reject(new Error("no answer")));
  await open(async () => {
    await turn();
    ends.push("another");
  });

  await expect(dispose()).rejects.toThrow("no answer");

  expect(ends).toEqual(["another", "storage"]);
});

test("a storage that cannot be removed is told, unless a driver failed before", async () => {
  const remove = (): Promise<void> => Promise.reject(new Error("not removed"));
  const { open, dispose } = driverHarness((close: () => Promise<void>) => ({ close }), remove);
  await open(() => Promise.resolve());
  await expect(dispose()).rejects.toThrow("not removed");

  await open(() => Promise.reject(new Error("no answer")));
  await expect(dispose()).rejects.toThrow("no answer");
});
