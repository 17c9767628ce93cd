import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * Below the ports that the system gives to connections: otherwise a connection might have the port before the program
 * does. The same holds for the port 10,000 above, where a node of a Redis cluster listens for the others.
 */
const [lowest, highest] = [10_000, 20_000];

/** A file for each port that a process has taken, named after it, with the process' number. */
const taken = join(tmpdir(), `hookwell-test-ports-${userInfo().uid}`);

/** Files of this process. */
const ours = new Set<string>();

/**
 * A port that nobody listens on, for programs that cannot choose one themselves. It is nobody else's until this process
 * ends: a server that is stopped in a test finds it free when it starts again.
 */
export async function freePort(): Promise<string> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (reserve(port) && (await isFree(port))) return String(port);
  }
}

function reserve(port: number): boolean {
  const file = join(taken, String(port));
  mkdirSync(taken, { recursive: true });
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
  } catch {
    // The next process that comes upon this port may have it.
    if (!isAlive(holderOf(file))) rmSync(file, { force: true });
    return false;
  }
  if (ours.size === 0) process.once("exit", () => ours.forEach((each) => rmSync(each, { force: true })));
  ours.add(file);
  return true;
}

/** NaN while it is being written. */
function holderOf(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10);
  } catch {
    return Number.NaN;
  }
}

function isAlive(pid: number): boolean {
  if (Number.isNaN(pid)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
