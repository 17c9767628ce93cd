import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { chown, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { eventually } from "../../../src/testing/eventually.ts";
import { endChild } from "./end-child.ts";
import { freePort } from "../network/free-port.ts";
import { tempFolder, type TempFolder } from "../temp-folder.ts";

const run = promisify(execFile);
const root = "/usr/lib/postgresql";

/** A PostgreSQL of its own, which a test may treat as it likes; gone at the end of the block that holds it. */
export class PostgresServer implements AsyncDisposable {
  readonly port: string;
  readonly #folder: TempFolder;
  readonly #programs: string;
  readonly #user: { readonly uid?: number; readonly gid?: number };
  #child: ChildProcess | undefined;

  private constructor(port: string, folder: TempFolder, programs: string) {
    this.port = port;
    this.#folder = folder;
    this.#programs = programs;
    this.#user = serverUser();
  }

  /** @param settings such as `synchronous_commit=off` */
  static async start(...settings: readonly string[]): Promise<PostgresServer> {
    const versions = await readdir(root);
    const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0] ?? "";
    const folder = await tempFolder();
    const server = new PostgresServer(await freePort(), folder, join(root, newest, "bin"));
    await server.#create();
    await server.start(...settings);
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  async start(...settings: readonly string[]): Promise<void> {
    const place = [
      "-D",
      this.#data,
      "-k",
      this.#folder.path,
      "-p",
      this.port,
      "-c",
      "listen_addresses=127.0.0.1",
    ];
    const args = [...place, ...settings.flatMap((setting) => ["-c", setting])];
    this.#child = spawn(join(this.#programs, "postgres"), args, { ...this.#user, stdio: "ignore" });
    await eventually(() => this.query("select 1"), 30_000);
  }

  async query(sql: string): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Keeps a table on another disk from now on. */
  async moveTo(folder: string, table: string): Promise<void> {
    const { uid, gid } = this.#user;
    if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
    await this.query(`create tablespace elsewhere location '${folder}'`);
    await this.query(`alter table ${table} set tablespace elsewhere`);
  }

  /** Stops it as an operator does; connections are ended. */
  stop(): Promise<void> {
    return endChild(this.#child, "SIGINT");
  }

  /** Starts it again as a standby, which can be read and has all that was written until now. */
  async startAsStandby(): Promise<void> {
    await this.stop();
    await writeFile(join(this.#data, "standby.signal"), "");
    await this.start();
  }

  /** Another server that gets all that is written here from now on; this one knows it as `standby`. */
  async standby(): Promise<PostgresServer> {
    const other = new PostgresServer(await freePort(), await tempFolder(), this.#programs);
    const way = `host=127.0.0.1 port=${this.port} user=postgres application_name=standby`;
    await other.#own();
    await run(
      join(this.#programs, "pg_basebackup"),
      ["-R", "--no-sync", "-c", "fast", "-D", other.#data, "-d", way],
      this.#user,
    );
    await other.start();
    return other;
  }

  async promote(): Promise<void> {
    await this.query("select pg_promote()");
  }

  /** Changes a setting while the server runs. */
  async set(setting: string): Promise<void> {
    await this.query(`alter system set ${setting}`);
    await this.query("select pg_reload_conf()");
  }

  /** Ends it like a crash: nothing is written any more, and the next start recovers from the log. */
  kill(): Promise<void> {
    return endChild(this.#child, "SIGQUIT");
  }

  /** It keeps its connections but answers nothing. */
  pause(): Promise<void> {
    return this.#signalAll("SIGSTOP");
  }

  resume(): Promise<void> {
    return this.#signalAll("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.resume();
    await this.kill();
    await this.#folder[Symbol.asyncDispose]();
  }

  get #data(): string {
    return join(this.#folder.path, "data");
  }

  /** Gives the folder to the user as whom the server runs. */
  async #own(): Promise<void> {
    const { uid, gid } = this.#user;
    if (uid !== undefined && gid !== undefined) await chown(this.#folder.path, uid, gid);
  }

  async #create(): Promise<void> {
    await this.#own();
    const args = [
      "-D",
      this.#data,
      "-U",
      "postgres",
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--locale",
      "C",
      "--no-sync",
    ];
    await run(join(this.#programs, "initdb"), args, this.#user);
  }

  /** Signals all processes of the server: one for each connection, and some more. */
  async #signalAll(signal: NodeJS.Signals): Promise<void> {
    const parent = this.#child?.pid;
    if (parent === undefined || this.#child?.exitCode !== null) return;
    process.kill(parent, signal);
    for (const pid of await childrenOf(parent)) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended by itself.
      }
    }
  }
}

async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    }),
  );
  return pids.filter((_, index) => parents[index] === parent).map(Number);
}

/** PostgreSQL refuses to run as root, so then it runs as the user that Debian's package made. */
export function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
