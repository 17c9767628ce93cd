import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "redis";
import { eventually } from "../../../src/testing/eventually.ts";
import { endChild } from "./end-child.ts";
import { freePort } from "../network/free-port.ts";
import { standStill } from "./stand-still.ts";
import { tempFolder, type TempFolder } from "../temp-folder.ts";

/** A Redis of its own that can be stopped, killed and held; gone at the end of the block that holds it. */
export class RedisServer {
  readonly port: string;
  readonly #folder: TempFolder;
  readonly #settings: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: string, folder: TempFolder, settings: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#settings = settings;
  }

  /** @param settings as on the command line; an append-only file is kept unless they say otherwise */
  static async start(...settings: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), await tempFolder(), settings);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get #isSentinel(): boolean {
    return this.#settings.includes("--sentinel");
  }

  get folder(): string {
    return this.#folder.path;
  }

  async start(): Promise<void> {
    const disk = ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"];
    const place = ["--port", this.port, "--bind", "127.0.0.1", "--dir", this.folder];
    const all = [...(this.#isSentinel ? [] : disk), ...place];
    // The name of a file, if any, comes first.
    const [file = "", ...rest] = this.#settings;
    const args = file.startsWith("/") ? [file, ...all, ...rest] : [...all, ...this.#settings];
    this.#child = spawn("redis-server", args, { stdio: "ignore" });
    await eventually(() => ask(this.url, ["PING"]).catch(greeted));
  }

  /** Stops it as an operator does, with everything on disk. */
  stop(): Promise<void> {
    return endChild(this.#child, "SIGCONT", "SIGTERM");
  }

  kill(): Promise<void> {
    return endChild(this.#child, "SIGCONT", "SIGKILL");
  }

  /** It keeps its connections but answers nothing. */
  async pause(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid !== undefined) await standStill(pid);
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  command(...args: readonly string[]): Promise<unknown> {
    return ask(this.url, args);
  }

  /** The same, asked by another user. */
  as(user: string, password: string): Pick<RedisServer, "command"> {
    const url = `redis://${user}:${password}@127.0.0.1:${this.port}`;
    return { command: (...args) => ask(url, args) };
  }

  /** How long it was busy with scripts, in ms. */
  async scriptsMs(): Promise<number> {
    const stats = String(await this.command("INFO", "commandstats"));
    const each = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=\d+,usec=(\d+)/g)];
    return each.reduce((sum, [, usec]) => sum + Number(usec), 0) / 1_000;
  }

  /** How often it ran a script that it knew. */
  async scriptsRun(): Promise<number> {
    const stats = String(await this.command("INFO", "commandstats"));
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]);
  }

  /** What scripts have in its memory, with what the last ones have left. */
  async scriptsBytes(): Promise<number> {
    return Number(/used_memory_lua:(\d+)/.exec(String(await this.command("INFO", "memory")))?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/**
 * A sentinel that watches this server as `main`.
 *
 * @param quorum how many of them must agree that it is gone
 */
export async function startSentinel(master: RedisServer, quorum = 1): Promise<RedisServer> {
  const config = join(master.folder, `sentinel-${randomUUID()}.conf`);
  await writeFile(config, "");
  const sentinel = await RedisServer.start(config, "--sentinel");
  await sentinel.command("SENTINEL", "MONITOR", "main", "127.0.0.1", master.port, String(quorum));
  await sentinel.command("SENTINEL", "SET", "main", "down-after-milliseconds", "1000");
  // After a try that failed, it waits for twice as long; by default that is six minutes.
  await sentinel.command("SENTINEL", "SET", "main", "failover-timeout", "10000");
  return sentinel;
}

async function ask(url: string, args: readonly string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await client.sendCommand([...args]);
  } finally {
    client.destroy();
  }
}

/** A server that refuses a stranger is there all the same. */
function greeted(error: unknown): void {
  if (!(Error.isError(error) && /NOAUTH|LOADING/.test(error.message))) throw error;
}
