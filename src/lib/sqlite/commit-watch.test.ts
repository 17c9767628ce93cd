import { utimesSync, writeFileSync } from "node:fs";
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { blockPool } from "../../../test/support/blocked-pool.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { sleep } from "../async/sleep.ts";
import { CommitWatch } from "./commit-watch.ts";

/** What a watch says of a log for which this was done, look after look. */
async function looks(...acts: readonly ((log: string) => Promise<void>)[]): Promise<readonly boolean[]> {
  await using folder = await tempFolder();
  const path = join(folder.path, "notes.db");
  const watch = new CommitWatch(path);
  const said: boolean[] = [];
  for (const act of acts) {
    await act(`${path}-wal`);
    said.push(await watch.hasCommit());
  }
  return said;
}

const writtenAt =
  (text: string, at: Date) =>
  async (log: string): Promise<void> => {
    await writeFile(log, text);
    await utimes(log, at, at);
  };
const noon = new Date("2026-06-01T12:00:00.000Z");
const nothing = (): Promise<void> => Promise.resolve();

test("a commit is noticed once, and the first look has nothing to compare with", async () => {
  const later = new Date(noon.getTime() + 1);

  expect(
    await looks(
      writtenAt("a", noon),
      nothing,
      writtenAt("b", later),
      nothing,
      writtenAt("bc", later),
      nothing,
    ),
  ).toEqual([true, false, true, false, true, false]);
});

test("a log that has just been written may be written again at the same time, so it is looked at once more", async () => {
  const after = (ms: number) => (): Promise<void> => {
    vi.setSystemTime(noon.getTime() + ms);
    return Promise.resolve();
  };
  vi.useFakeTimers({ toFake: ["Date"], now: noon });
  onTestFinished(() => void vi.useRealTimers());

  expect(await looks(writtenAt("a", noon), after(19), after(20), after(21))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test("nothing can be told of a log that is not there, nor of one of the future", async () => {
  const future = new Date(Date.now() + 3_600_000);

  expect(await looks(nothing, nothing, nothing)).toEqual([true, true, true]);
  expect(await looks(writtenAt("a", future), nothing, nothing)).toEqual([true, true, true]);
});

test("a look that takes long is not waited for: it counts as a commit, and what it finds is told by a later one", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "notes.db");
  await writtenAt("a", noon)(`${path}-wal`);
  const watch = new CommitWatch(path);
  const said = [await watch.hasCommit()];
  {
    await using _ = blockPool(folder.path);
    for (let looks = 1; looks <= 3; looks += 1) said.push(await watch.hasCommit());
    writeFileSync(`${path}-wal`, "longer");
    utimesSync(`${path}-wal`, noon, noon);
  }
  // By now the look is over.
  await sleep(100);

  said.push(await watch.hasCommit(), await watch.hasCommit());
  expect(said).toEqual([true, true, true, true, true, false]);
});
