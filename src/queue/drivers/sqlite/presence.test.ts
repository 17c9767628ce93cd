import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { startHolder } from "../../../../test/support/drivers/holder.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { Presence } from "./presence.ts";

/** Whether somebody who comes now is alone. */
function isAlone(path: string): boolean {
  const presence = new Presence(path);
  const alone = presence.enter();
  presence.leave();
  return alone;
}

test("the first is alone, and tells it once", async () => {
  await using folder = await tempFolder();
  const presence = new Presence(join(folder.path, "consumers"));

  const answers = [presence.enter(), presence.enter()];

  expect(answers).toEqual([true, false]);
  presence.leave();
  expect(isAlone(join(folder.path, "consumers"))).toBe(true);
});

test("who comes while another is there is not alone, until all others have left", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "consumers");
  const [one, two] = [new Presence(path), new Presence(path)];

  expect([one.enter(), two.enter()]).toEqual([true, false]);
  one.leave();
  expect(isAlone(path)).toBe(false);
  two.leave();

  expect(isAlone(path)).toBe(true);
});

test("who leaves and comes again asks anew", async () => {
  await using folder = await tempFolder();
  const presence = new Presence(join(folder.path, "consumers"));
  presence.enter();
  presence.leave();
  presence.leave();

  expect(presence.enter()).toBe(true);
  presence.leave();
});

test("who comes at the very moment at which another asks whether it is alone is let in", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "consumers");
  const asking = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads");
    const db = new (require("node:sqlite").DatabaseSync)(workerData);
    db.exec("begin exclusive");
    parentPort.postMessage("asks");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    db.close();`,
    { eval: true, workerData: path },
  );
  await once(asking, "message");
  const presence = new Presence(path);

  expect(presence.enter()).toBe(false);

  presence.leave();
  await once(asking, "exit");
});

test("another process is noticed, and a process that was killed is not there any more", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "consumers");
  const holder = await startHolder("presence", path);
  expect(holder.said).toBe("alone");
  expect(isAlone(path)).toBe(false);

  await holder.kill();

  expect(isAlone(path)).toBe(true);
});

test("another process notices us", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "consumers");
  const presence = new Presence(path);
  presence.enter();

  const holder = await startHolder("presence", path);

  expect(holder.said).toBe("in company");
  presence.leave();
  await holder.kill();
});

test("a file that is damaged is named, and not the queue's, and may be removed", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "consumers");
  await writeFile(path, new Uint8Array(4_096));

  expect(() => isAlone(path)).toThrow(
    `${path} is damaged. It holds nothing: stop every Hookwell of this folder, then remove it.`,
  );
});
