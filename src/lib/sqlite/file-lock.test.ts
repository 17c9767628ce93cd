import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { takeLock, waitForLock } from "./file-lock.ts";

test("who waits for a lock has it once it is free", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "a.lock");
  const first = takeLock(path);
  setTimeout(() => first?.release(), 100);

  const second = await waitForLock(path, 5_000);

  expect(second).toBeDefined();
  expect(takeLock(path)).toBeUndefined();
  second?.release();
});

test("one that somebody keeps for longer is not had", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "a.lock");
  const first = takeLock(path);

  expect(await waitForLock(path, 60)).toBeUndefined();

  first?.release();
});
