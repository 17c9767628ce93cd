import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const secret = "a-secret-for-the-benchmark-0123456789";

/** A server under load, in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "..");

/** The 30 lines that keep nothing. */
export async function startBare(): Promise<Contender> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(root, "bench/bare.ts")], {
    env: { ...process.env, PORT: String(port), HOOKWELL_SECRET: secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return { name: "bare", url: `http://127.0.0.1:${port}/`, stop: () => ended(child) };
}

/** The receiving half of the real program, which makes every request durable. */
export async function startHookwell(): Promise<Contender> {
  const port = await freePort();
  const data = await mkdtemp(join(tmpdir(), "hookwell-bench-"));
  const child = spawn(process.execPath, [join(root, "bin/hookwell.js"), "receive", "--log-level", "warn"], {
    cwd: data,
    env: { ...process.env, PORT: String(port), HOOKWELL_SECRET: secret, HOOKWELL_DATA: data },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const url = `http://127.0.0.1:${port}/`;
  await answers(`${url}healthz`);
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(data, { recursive: true });
  };
  return { name: "hookwell", url, stop };
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const up = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} did not answer within 10 s.`);
}

async function ended(child: ChildProcess): Promise<void> {
  const end = once(child, "exit");
  child.kill("SIGTERM");
  await end;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
