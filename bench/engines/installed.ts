import { existsSync } from "node:fs";
import { isInstalled } from "../servers/peers.ts";
import type { EngineName } from "./engine.ts";

/** Where Debian's package puts programs that are not in the PATH. */
const postgres = "/usr/lib/postgresql";
const rabbit = "/usr/lib/rabbitmq/bin/rabbitmq-server";

const checks: Readonly<Record<EngineName, () => Promise<boolean> | boolean>> = {
  postgres: () => existsSync(postgres),
  redis: () => isInstalled("redis-server"),
  amqp: () => existsSync(rabbit),
  nats: () => isInstalled("nats-server"),
};

/** The package that brings its server. */
export const packageOf: Readonly<Record<EngineName, string>> = {
  postgres: "postgresql",
  redis: "redis-server",
  amqp: "rabbitmq-server",
  nats: "nats-server",
};

export async function isEngineInstalled(name: EngineName): Promise<boolean> {
  return checks[name]();
}
