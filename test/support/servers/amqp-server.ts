import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { eventually } from "../../../src/testing/eventually.ts";
import { openssl, subject } from "../network/certificate.ts";
import { freePort } from "../network/free-port.ts";
import { standStill } from "./stand-still.ts";
import { tempFolder } from "../temp-folder.ts";

const run = promisify(execFile);

/** Programs of the server, past the wrappers that would run them as another user. */
const programs = "/usr/lib/rabbitmq/bin";
const patienceMs = 60_000;

/** As docs/engines/rabbitmq.md advises; else messages lost between two queues at a restart come 3 minutes late. */
const passesOnSoon = "[{rabbit, [{dead_letter_worker_publisher_confirm_timeout, 5000}]}].\n";

/** The secret with which the servers of a test let each other in. */
const cookie = randomUUID();

/** A RabbitMQ of its own, which a test may treat as it likes; gone at the end of the block that holds it. */
export interface AmqpServer extends AsyncDisposable {
  readonly url: string;
  /** The name by which other nodes know it. */
  readonly node: string;
  /** The same over TLS, with the certificate that it can be known by. */
  readonly tlsUrl: string;
  /** Resolves when it takes connections. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Ends it like a power cut of the machine. */
  kill(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Runs `rabbitmqctl` with these arguments; its output. */
  control(...args: string[]): Promise<string>;
}

interface AmqpServerOptions {
  /**
   * Keeps what it has declared in Khepri, as RabbitMQ 4.2 does by itself. Before 4.0.7 a node that was killed does not
   * start again then, unless others of its cluster live on.
   */
  readonly khepri?: boolean;
  /** Lets only those in over TLS whom this authority has certified: its certificate. */
  readonly authority?: string;
}

export async function amqpServer({ khepri = false, authority }: AmqpServerOptions = {}): Promise<AmqpServer> {
  const folder = await tempFolder();
  const [port, distPort, tlsPort] = [await freePort(), await freePort(), await freePort()];
  const certificate = join(folder.path, "certificate.pem");
  const env = await environmentOf(folder.path, port, distPort);
  await addTls(folder.path, tlsPort, certificate, authority);
  const node = env["RABBITMQ_NODENAME"] ?? "";
  let child: ChildProcess | undefined;
  const control = async (...args: string[]): Promise<string> =>
    (await run(join(programs, "rabbitmqctl"), ["-q", "-n", node, ...args], { env })).stdout;
  const server = async (): Promise<number> => {
    const pid = Number.parseInt(await readFile(join(folder.path, "pid"), "utf8"), 10);
    if (!(pid > 1)) throw new Error("The server has no process.");
    return pid;
  };
  const signal = async (name: NodeJS.Signals): Promise<void> => void process.kill(await server(), name);
  const gone = async (): Promise<void> => {
    if (child !== undefined && child.exitCode === null && child.signalCode === null)
      await once(child, "exit");
    child = undefined;
  };
  const started: AmqpServer = {
    node,
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    tlsUrl: `amqps://guest:guest@127.0.0.1:${tlsPort}?cacertfile=${certificate}`,
    start: async () => {
      child = spawn(join(programs, "rabbitmq-server"), [], { env, stdio: "ignore" });
      try {
        await eventually(() => answers(Number(port)), patienceMs);
        // Its listener for TLS comes after the other one.
        await eventually(() => accepts(Number(tlsPort)), patienceMs);
      } catch (cause) {
        const log = await readFile(join(folder.path, "log", `${node}.log`), "utf8").catch(String);
        throw new Error(`RabbitMQ does not start. Its log ends with:\n${log.slice(-3_000)}`, { cause });
      }
    },
    stop: async () => {
      await signal("SIGTERM");
      await gone();
    },
    kill: async () => {
      await signal("SIGKILL");
      await gone();
    },
    pause: async () => standStill(await server()),
    resume: () => signal("SIGCONT"),
    control,
    [Symbol.asyncDispose]: async () => {
      if (child !== undefined) {
        await signal("SIGCONT").catch(() => undefined);
        await signal("SIGKILL").catch(() => undefined);
        await gone();
      }
      await sleep(100);
      await folder[Symbol.asyncDispose]();
    },
  };
  try {
    await started.start();
    // It takes connections some moments before it takes commands.
    await control("await_startup");
    if (khepri) await control("enable_feature_flag", "--opt-in", "khepri_db");
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
  return started;
}

/** Everything of this server is in one folder, and nothing of another is touched. */
async function environmentOf(
  folder: string,
  port: string,
  distPort: string,
): Promise<Record<string, string>> {
  const config = join(folder, "rabbitmq.conf");
  await writeFile(config, `listeners.tcp.local = 127.0.0.1:${port}\nloopback_users.guest = false\n`);
  await writeFile(join(folder, "advanced.config"), passesOnSoon);
  await writeFile(join(folder, "enabled_plugins"), "[].\n");
  await writeFile(join(folder, "environment.conf"), "");
  await writeFile(join(folder, ".erlang.cookie"), cookie, { mode: 0o400 });
  await mkdir(join(folder, "log"));
  return {
    PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    RABBITMQ_NODENAME: `test${port}@localhost`,
    RABBITMQ_NODE_PORT: port,
    RABBITMQ_DIST_PORT: distPort,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_MNESIA_BASE: join(folder, "data"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_PID_FILE: join(folder, "pid"),
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "advanced.config"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "environment.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_FLAGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    LANG: "C.UTF-8",
  };
}

async function addTls(
  folder: string,
  port: string,
  certificate: string,
  authority: string | undefined,
): Promise<void> {
  const key = join(folder, "certificate.key");
  await openssl({ cert: certificate, key }, 2, ...subject("test", "IP:127.0.0.1"));
  const lines = [
    `listeners.ssl.local = 127.0.0.1:${port}`,
    `ssl_options.cacertfile = ${authority ?? certificate}`,
    `ssl_options.certfile = ${certificate}`,
    `ssl_options.keyfile = ${key}`,
    ...(authority === undefined
      ? []
      : ["ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true"]),
  ];
  await appendFile(join(folder, "rabbitmq.conf"), `${lines.join("\n")}\n`);
}

async function accepts(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}

async function answers(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(Buffer.from("AMQP\u0000\u0000\u0009\u0001", "latin1"));
    await once(socket, "data", { signal: AbortSignal.timeout(2_000) });
  } finally {
    socket.destroy();
  }
}
