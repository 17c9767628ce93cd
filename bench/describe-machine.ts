import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import type { Machine } from "./report/machine.ts";
import { median } from "./report/statistics.ts";

/** @param folder on the disk that is measured */
export function describeMachine(folder: string): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    memoryGb: totalmem() / 2 ** 30,
    system: `${type()} ${release()}`,
    node: process.version,
    sqlite: process.versions["sqlite"] ?? "unknown",
    fileSystem: fileSystemOf(folder),
    fsyncMs: fsyncTime(folder),
    loadBefore: loadavg()[0] ?? 0,
  };
}

/** What the folder for temporary files is on, and what a flush costs there. */
export function describeTemporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "hookwell-bench-"));
  const [system, ms] = [fileSystemOf(folder), fsyncTime(folder)];
  rmSync(folder, { recursive: true });
  return system === "tmpfs"
    ? "tmpfs, which is memory, where a flush costs nothing: set TMPDIR to a folder on a disk"
    : `${system}, fsync ${ms.toFixed(2)} ms`;
}

/** The kind of file system by its name; where the system tells no names, by its number. */
function fileSystemOf(folder: string): string {
  const mounts = existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8") : "";
  const around = mounts
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, at = "-"]) => folder.startsWith(at.endsWith("/") ? at : `${at}/`))
    .sort((a, b) => (a[1]?.length ?? 0) - (b[1]?.length ?? 0));
  return around.at(-1)?.[2] ?? `file system 0x${statfsSync(folder).type.toString(16)}`;
}

function fsyncTime(folder: string): number {
  const path = join(folder, "fsync");
  const file = openSync(path, "w");
  const page = randomBytes(4_096);
  const times = Array.from({ length: 100 }, () => {
    const startedAt = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - startedAt;
  });
  closeSync(file);
  rmSync(path);
  return median(times);
}
