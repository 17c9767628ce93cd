import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { readServerInfos } from "../../src/config/server-notes.ts";
import { sample } from "../../src/sandbox/samples.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { testEnv } from "../support/app.ts";
import { envOf, program, start } from "../support/built.ts";
import { clientOf } from "../support/client.ts";
import { hasPython, python } from "../support/python.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a disk that has no room for the log and what is printed stops neither receiving nor processing", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");
  const script = `exec "${process.execPath}" "${program}" serve >/dev/full 2>/dev/full`;
  await using hookwell = await start("sh", ["-c", script], {
    cwd: folder.path,
    env: { ...testEnv(data), HOOKWELL_LOG_LEVEL: "info" },
  });
  const client = clientOf(
    await eventually(async () => {
      const [info] = await readServerInfos(data, "webhook");
      if (info === undefined) throw new Error("It is not ready yet.");
      return info.url;
    }),
  );

  expect((await client.send(sample("message.sent"))).status).toBe(200);
  await client.settled();
  expect((await client.send(sample("message.read"))).status).toBe(200);
  await client.settled();

  process.kill(hookwell.pid, "SIGTERM");
  expect(await hookwell.exited).toBe(0);
});

test("a reader of the log and of what is printed that has gone stops a server in order", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");
  const script = `{ "${process.execPath}" "${program}" serve 2>&1; echo $? >code; } | head -n 1`;
  const env = { ...testEnv(data), HOOKWELL_LOG_LEVEL: "info" };

  await using hookwell = await start("sh", ["-c", script], {
    cwd: folder.path,
    env,
    ready: /"app\.ready"/,
    group: true,
  });
  const { url } = JSON.parse(hookwell.readyLine) as { readonly url: string };
  const client = clientOf(url);
  await eventually(() => expect(client.send(sample("message.sent"))).rejects.toThrow());
  await hookwell.exited;

  const code = await eventually(() => readFile(join(folder.path, "code"), "utf8"));
  expect(code).toBe("0\n");
  expect(await readServerInfos(data, "webhook")).toEqual([]);
});

test.skipIf(!hasPython("pty"))(
  "a terminal that is closed stops a server in order, however quiet it is",
  async () => {
    await using folder = await tempFolder();
    const data = join(folder.path, "data");
    const inTerminal = "import pty, sys; pty.spawn(sys.argv[1:])";
    await using terminal = await start(python, ["-c", inTerminal, process.execPath, program, "serve"], {
      cwd: folder.path,
      env: { ...testEnv(data), HOOKWELL_LOG_LEVEL: "silent" },
    });
    const { pid } = await eventually(async () => {
      const [info] = await readServerInfos(data, "webhook");
      if (info === undefined) throw new Error("It is not ready yet.");
      return info;
    });

    await using held = new AsyncDisposableStack();
    held.defer(() => endIfThere(pid));

    process.kill(terminal.pid, "SIGKILL");

    // Who is killed leaves it behind.
    await eventually(async () => expect(await readServerInfos(data, "webhook")).toEqual([]));
  },
);

/** A server outlives its terminal if it does not do what it should. */
function endIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

test("a command whose output finds no room says so in one sentence, and has failed", async () => {
  const child = spawn("sh", ["-c", `exec "${process.execPath}" "${program}" secret generate >/dev/full`], {
    env: envOf({}),
    stdio: ["ignore", "ignore", "pipe"],
  });

  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);

  expect([code, stderr]).toEqual([
    1,
    "✗ The output cannot be written: ENOSPC: no space left on device, write. Make room, or send it elsewhere.\n",
  ]);
});
