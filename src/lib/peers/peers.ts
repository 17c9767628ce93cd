import type * as JetStream from "@nats-io/jetstream";
import type * as Transport from "@nats-io/transport-node";
import type * as Pg from "pg";
import type * as Amqp from "rabbitmq-client";
import type * as Redis from "redis";
import { loadPeer } from "./load-peer.ts";

// The clients of the engines.

export const loadAmqp = (): Promise<typeof Amqp> =>
  loadPeer("amqp:", ["rabbitmq-client"], () => import("rabbitmq-client"));

export const loadNatsClient = (): Promise<readonly [typeof Transport, typeof JetStream]> =>
  loadPeer("nats:", ["@nats-io/transport-node", "@nats-io/jetstream"], () =>
    Promise.all([import("@nats-io/transport-node"), import("@nats-io/jetstream")]),
  );

export const loadPg = (): Promise<typeof Pg> => loadPeer("postgres:", ["pg"], () => import("pg"));

export const loadRedis = (): Promise<typeof Redis> => loadPeer("redis:", ["redis"], () => import("redis"));

const loads: readonly (readonly [scheme: RegExp, load: () => Promise<unknown>])[] = [
  [/^amqps?:/, loadAmqp],
  [/^(nats|tls):/, loadNatsClient],
  [/^postgres(ql)?:/, loadPg],
  [/^rediss?:/, loadRedis],
];

/**
 * Loads the client of the engine that a URL names, if it needs one.
 *
 * @throws {ConfigError} that says what to install, if it is not there
 */
export async function loadPeerOf(url: string): Promise<void> {
  await loads.find(([scheme]) => scheme.test(url))?.[1]();
}
