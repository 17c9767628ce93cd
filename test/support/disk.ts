import { execFile } from "node:child_process";
import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestContext } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { tempFolder } from "./temp-folder.ts";

const run = promisify(execFile);

/** A small disk of its own, mounted for as long as the block lasts that holds it. */
export interface Disk extends AsyncDisposable {
  readonly path: string;
  /** Takes all the room that is left. */
  fill(): Promise<void>;
  /** Gives back what `fill` took. */
  makeRoom(): Promise<void>;
  /** Forbids all writing; waits until nobody has a file open for it. */
  setReadOnly(): Promise<void>;
  setWritable(): Promise<void>;
}

/** Only root may mount; others pass the test over, but never in CI. */
export function needsMount(context: TestContext): void {
  if (process.getuid?.() === 0 || process.env["CI"] === "true") return;
  context.skip("Needs root, to mount a small disk.");
}

/** @param megabytes size of the disk */
export async function smallDisk(megabytes: number): Promise<Disk> {
  const folder = await tempFolder();
  const path = folder.path;
  await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "hookwell-test", path]);
  const ballast = join(path, "ballast");
  const remount = async (how: "ro" | "rw"): Promise<void> => {
    await run("mount", ["-o", `remount,${how}`, path]);
  };
  return {
    path,
    fill: () => fill(ballast),
    makeRoom: () => rm(ballast),
    setReadOnly: () => eventually(() => remount("ro")),
    setWritable: () => remount("rw"),
    [Symbol.asyncDispose]: async () => {
      await run("umount", ["--lazy", path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function fill(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(join(path, ".."));
  await using file = await open(path, "a");
  await file.write(Buffer.alloc(bavail * bsize));
}
