import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually } from "../../../src/testing/eventually.ts";
import { endChild } from "./end-child.ts";
import { freePort } from "../network/free-port.ts";
import { standStill } from "./stand-still.ts";
import { tempFolder, type TempFolder } from "../temp-folder.ts";

/** A nats-server on a port and in a folder of its own. */
export class NatsServer implements AsyncDisposable {
  readonly port: string;
  readonly #temp: TempFolder;
  #process: ChildProcess | undefined;

  private constructor(port: string, temp: TempFolder) {
    this.port = port;
    this.#temp = temp;
  }

  /** @param config more of its configuration than the port; without JetStream unless it says so */
  static async start(config = `max_payload: 8MB\njetstream {}`): Promise<NatsServer> {
    const server = new NatsServer(await freePort(), await tempFolder());
    await server.configure(config);
    await server.start();
    return server;
  }

  /** Writes a configuration, which takes effect at the next start. */
  async configure(config: string): Promise<void> {
    const text = config.replace("jetstream {", `jetstream {\nstore_dir: "${this.#folder}"\n`);
    await writeFile(join(this.#folder, "nats.conf"), `listen: "127.0.0.1:${this.port}"\n${text}\n`);
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.#process = spawn("nats-server", [
      "-c",
      join(this.#folder, "nats.conf"),
      "-l",
      join(this.#folder, "log"),
    ]);
    await eventually(() => this.#greets());
  }

  stop(): Promise<void> {
    return endChild(this.#process, "SIGTERM");
  }

  kill(): Promise<void> {
    return endChild(this.#process, "SIGKILL");
  }

  /** It keeps its connections but answers nothing. */
  async pause(): Promise<void> {
    const pid = this.#process?.pid;
    if (pid !== undefined) await standStill(pid);
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** How many lines of its log have these words. */
  async counts(words: string): Promise<number> {
    const log = await readFile(join(this.#folder, "log"), "utf8");
    return log.split("\n").filter((line) => line.includes(words)).length;
  }

  /** A copy of the messages of a stream, as they are in its files now, or of everything; restarts. */
  async keep(stream?: string): Promise<string> {
    const copy = await mkdtemp(join(this.#folder, "copy-"));
    await this.stop();
    await cp(this.#filesOf(stream), copy, { recursive: true });
    await this.start();
    return copy;
  }

  /**
   * Gives a stream the messages of a copy, and leaves what is known of its consumers as it is; or everything, if that
   * was copied; restarts.
   */
  async restore(copy: string, stream?: string): Promise<void> {
    await this.stop();
    await rm(this.#filesOf(stream), { recursive: true });
    await cp(copy, this.#filesOf(stream), { recursive: true });
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#temp[Symbol.asyncDispose]();
  }

  get #folder(): string {
    return this.#temp.path;
  }

  #filesOf(stream: string | undefined): string {
    const all = join(this.#folder, "jetstream");
    return stream === undefined ? all : join(all, "$G", "streams", stream, "msgs");
  }

  async #greets(): Promise<void> {
    const socket = connect(Number(this.port), "127.0.0.1");
    try {
      await once(socket, "data");
    } finally {
      socket.destroy();
    }
  }
}
