import { amqpServer } from "../../test/support/servers/amqp-server.ts";
import { NatsServer } from "../../test/support/servers/nats-server.ts";
import { PostgresServer } from "../../test/support/servers/postgres-server.ts";
import { RedisServer } from "../../test/support/servers/redis-server.ts";
import { clearAmqp } from "./clear-amqp.ts";
import { clearNats } from "./clear-nats.ts";
import { clearPostgres } from "./clear-postgres.ts";
import type { Engine, EngineName, LedgerEngine } from "./engine.ts";

const running = new Set<AsyncDisposable>();

/** Ends the engines that still run; they are processes of their own, which would outlive ours. */
export async function stopEngines(): Promise<void> {
  await Promise.allSettled(Array.from(running, (server) => server[Symbol.asyncDispose]()));
}

/** Each is set to have everything on the disk before it answers, since durable confirmations are compared. */
const starters: Readonly<Record<Exclude<EngineName, "postgres">, () => Promise<Engine>>> = {
  redis: async () => {
    // Never rewrites its file: that could happen in one of two measurements and not in the other.
    const settings = ["--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"];
    const server = await RedisServer.start(...settings);
    const clear = async (): Promise<void> => {
      await server.command("FLUSHALL");
    };
    const durability = "append-only file, appendfsync always";
    return engine(server, { name: "redis", title: "Redis", durability, url: server.url, clear });
  },
  amqp: async () => {
    const server = await amqpServer();
    const { url } = server;
    const durability = "quorum queues, persistent messages";
    return engine(server, { name: "amqp", title: "RabbitMQ", durability, url, clear: () => clearAmqp(url) });
  },
  nats: async () => {
    const server = await NatsServer.start("max_payload: 8MB\njetstream {\nsync_interval: always\n}");
    const { url } = server;
    const durability = "JetStream in files, sync_interval always";
    return engine(server, { name: "nats", title: "NATS", durability, url, clear: () => clearNats(url) });
  },
};

/** @throws {Error} if it is not installed */
export async function startEngine(name: EngineName): Promise<Engine> {
  return name === "postgres" ? startLedger() : starters[name]();
}

export async function startLedger(): Promise<LedgerEngine> {
  const server = await PostgresServer.start();
  const query = (sql: string): ReturnType<LedgerEngine["query"]> => server.query(sql);
  const clear = (): Promise<void> => clearPostgres(query);
  const durability = "fsync and synchronous_commit on";
  const { url } = server;
  return { ...engine(server, { name: "postgres", title: "PostgreSQL", durability, url, clear }), query };
}

function engine(server: AsyncDisposable, facts: Omit<Engine, typeof Symbol.asyncDispose>): Engine {
  running.add(server);
  const dispose = async (): Promise<void> => {
    running.delete(server);
    await server[Symbol.asyncDispose]();
  };
  return { ...facts, [Symbol.asyncDispose]: dispose };
}
