import { amqpServer } from "../test/support/servers/amqp-server.ts";
import { NatsServer } from "../test/support/servers/nats-server.ts";
import { PostgresServer } from "../test/support/servers/postgres-server.ts";
import { RedisServer } from "../test/support/servers/redis-server.ts";
import { replicatedAmqp } from "./servers/amqp.ts";
import { replicatedNats } from "./servers/nats.ts";
import { replicatedPostgres } from "./servers/postgres.ts";
import { replicatedRedis } from "./servers/redis.ts";
import type { EngineServer, LedgerServer } from "./servers/server.ts";

/** Servers that a cluster can have its queue in; its ledger is always in PostgreSQL. */
export const engineNames = ["postgres", "redis", "amqp", "nats"] as const;
export type EngineName = (typeof engineNames)[number];

/** One server, or several that have all that the others have. */
export type EngineKind = "single" | "replicated";

/** The servers of a cluster; both may be one. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName;
  readonly queue: EngineServer;
  readonly ledger: LedgerServer;
  readonly env: Readonly<Record<string, string>>;
}

export async function startEngine(name: EngineName, kind: EngineKind): Promise<Engine> {
  await using started = new AsyncDisposableStack();
  // A server for the ledger alone is a single one: trouble comes to the queue's.
  const ledger = started.use(await postgres[name === "postgres" ? kind : "single"]());
  const queue = name === "postgres" ? ledger : started.use(await starters[kind][name]());
  const all = started.move();
  return {
    name,
    queue,
    ledger,
    env: { HOOKWELL_QUEUE: queue.url, HOOKWELL_LEDGER: ledger.url },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const postgres: Readonly<Record<EngineKind, () => Promise<LedgerServer>>> = {
  single: () => PostgresServer.start(),
  replicated: replicatedPostgres,
};

type Starters = Readonly<
  Record<Exclude<EngineName, "postgres">, () => Promise<EngineServer & AsyncDisposable>>
>;

const starters: Readonly<Record<EngineKind, Starters>> = {
  single: {
    redis: () => RedisServer.start("--appendfsync", "always"),
    amqp: amqpServer,
    nats: () => NatsServer.start(),
  },
  replicated: { redis: replicatedRedis, amqp: replicatedAmqp, nats: replicatedNats },
};
