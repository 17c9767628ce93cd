import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { processNumbers } from "./process-numbers.ts";

const secondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

test("this process is told as the system sees it", async () => {
  const now = Date.now() / 1_000;
  const before = secondsOf(process.cpuUsage());

  const { cpuSeconds, startedAt, residentBytes } = await processNumbers()();

  expect(cpuSeconds).toBeGreaterThanOrEqual(before);
  expect(cpuSeconds).toBeLessThanOrEqual(secondsOf(process.cpuUsage()));
  expect(startedAt).toBeGreaterThan(now - process.uptime() - 60);
  expect(startedAt).toBeLessThan(now);
  expect(residentBytes).toBeGreaterThan(10 * 1024 * 1024);
});

test("without /proc, as in a root folder that has none, no files are counted", async () => {
  const { files, residentBytes } = await processNumbers("/there/is/no/proc")();

  expect(files).toBeUndefined();
  expect(residentBytes).toBeGreaterThan(0);
});

test.skipIf(process.platform !== "linux")(
  "files that are open are counted, and so is their limit",
  async () => {
    const numbers = processNumbers();
    const before = (await numbers()).files;
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(import.meta.filename)));

    const during = (await numbers()).files;
    for (const file of opened) await file.close();

    // Others in this process may open and close some meanwhile.
    expect(during?.open).toBeGreaterThanOrEqual((before?.open ?? 0) + 15);
    expect(during?.open).toBeLessThanOrEqual((before?.open ?? 0) + 25);
    expect(during?.most).toBeGreaterThanOrEqual(1_024);
  },
);

test.skipIf(process.platform !== "linux")(
  "a process that has no file left tells that, and no memory",
  async () => {
    const program = `
    import { openSync } from "node:fs";
    import { processNumbers } from ${JSON.stringify(join(import.meta.dirname, "process-numbers.ts"))};
    const numbers = processNumbers();
    await numbers();
    try {
      for (;;) openSync("/dev/null");
    } catch {
      process.stdout.write(JSON.stringify(await numbers()));
    }`;
    const node = [process.execPath, "--input-type=module", "--eval", program];

    const { stdout } = await promisify(execFile)("bash", ["-c", 'ulimit -n 64; exec "$@"', "bash", ...node]);

    const { files, residentBytes } = JSON.parse(stdout) as { files: unknown; residentBytes?: unknown };
    expect(files).toEqual({ open: 64, most: 64 });
    expect(residentBytes).toBeUndefined();
  },
);
