import { amqpServer } from "../test/support/amqp-server.ts";
import { NatsServer } from "../test/support/nats-server.ts";
import { PostgresServer } from "../test/support/postgres-server.ts";
import { RedisServer } from "../test/support/redis-server.ts";

/** Servers that a cluster can have its queue in; its ledger is always in PostgreSQL. */
export const engineNames = ["postgres", "redis", "amqp", "nats"] as const;
export type EngineName = (typeof engineNames)[number];

/** A server that can be treated badly. */
export interface EngineServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  pause(): Promise<void> | void;
  resume(): Promise<void> | void;
}

/** The servers of a cluster; both may be one. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName;
  readonly queue: EngineServer;
  readonly ledger: PostgresServer;
  readonly env: Readonly<Record<string, string>>;
}

export async function startEngine(name: EngineName): Promise<Engine> {
  const ledger = await PostgresServer.start();
  const queue = name === "postgres" ? ledger : await starters[name]();
  return {
    name,
    queue,
    ledger,
    env: { HOOKWELL_QUEUE: queue.url, HOOKWELL_LEDGER: ledger.url },
    [Symbol.asyncDispose]: async () => {
      if (queue !== ledger) await queue[Symbol.asyncDispose]();
      await ledger[Symbol.asyncDispose]();
    },
  };
}

const starters: Readonly<
  Record<Exclude<EngineName, "postgres">, () => Promise<EngineServer & AsyncDisposable>>
> = {
  redis: () => RedisServer.start("--appendfsync", "always"),
  amqp: amqpServer,
  nats: () => NatsServer.start(),
};
