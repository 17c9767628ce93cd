import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { Presence } from "./presence.ts";

const holder = fileURLToPath(new URL("../../../../test/support/presence-holder.ts", import.meta.url));

/** Another process that takes part; tells whether it was alone. */
async function startHolder(path: string): Promise<{ readonly said: string; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [holder, path], { stdio: ["pipe", "pipe", "inherit"] });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { said: said.toString().trim(), child };
}

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

test("another process is noticed, and a process that was killed is not there any more", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "consumers");
  const { said, child } = await startHolder(path);
  expect(said).toBe("alone");
  expect(isAlone(path)).toBe(false);

  child.kill("SIGKILL");
  await once(child, "exit");

  expect(isAlone(path)).toBe(true);
});

test("another process notices us", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "consumers");
  const presence = new Presence(path);
  presence.enter();

  const { said, child } = await startHolder(path);

  expect(said).toBe("in company");
  presence.leave();
  child.kill("SIGKILL");
  await once(child, "exit");
});
