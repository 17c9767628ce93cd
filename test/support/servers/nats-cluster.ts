import assert from "node:assert/strict";
import type { JetStreamManager } from "@nats-io/jetstream";
import { eventually } from "../../../src/testing/eventually.ts";
import { freePort } from "../network/free-port.ts";
import { withManager } from "../drivers/nats-harness.ts";
import { NatsServer } from "./nats-server.ts";

/** How long a server may take to tell the others how much room it has, and to have a copy, in ms. */
const joiningMs = 15_000;

/** How often one is started at most until the others hear it. */
const mostStarts = 4;

/** Several NATS servers that keep their streams together, and have agreed who leads. */
export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  static async start(size: number): Promise<NatsCluster> {
    for (;;) {
      const cluster = await NatsCluster.#begin(size);
      if (await cluster.#isWhole()) return cluster;
      await cluster[Symbol.asyncDispose]();
    }
  }

  static async #begin(size: number): Promise<NatsCluster> {
    const ports = await Promise.all(Array.from({ length: size }, freePort));
    const routes = JSON.stringify(ports.map((port) => `nats://127.0.0.1:${port}`));
    const servers: NatsServer[] = [];
    for (const [index, port] of ports.entries()) {
      const config = `server_name: "node-${index}"
        jetstream {}
        cluster { name: test, listen: "127.0.0.1:${port}", routes: ${routes} }`;
      servers.push(await NatsServer.start(config));
    }
    return new NatsCluster(servers);
  }

  /** The URL of all servers. */
  get url(): string {
    return `nats://${this.servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
  }

  /**
   * Starts one of them again. Seldom, it then hears the others without being heard by them, for longer than any test
   * waits; what an operator does then is to start it once more.
   */
  async bringBack(server: NatsServer): Promise<void> {
    for (let starts = 0; starts < mostStarts; starts += 1) {
      await server.kill();
      await server.start();
      if (await this.#isWhole()) return;
    }
    throw new Error(`A server of NATS was started ${mostStarts} times, and the others do not hear it.`);
  }

  /** Throws unless each copy of each stream has all that it must have. */
  async hasAllCopies(): Promise<void> {
    const [any] = this.servers;
    if (any !== undefined) await withManager(any, copiesAreCurrent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server[Symbol.asyncDispose]();
  }

  /**
   * Whether each of them can have a copy, and keeps up with those that it has. If servers start together, the leader may
   * never learn that one of them can.
   */
  async #isWhole(): Promise<boolean> {
    const [any] = this.servers;
    if (any === undefined) return true;
    const probe = { name: "probe", subjects: ["probe"], num_replicas: this.servers.length };
    try {
      await eventually(
        () =>
          withManager(any, async (manager) => {
            await manager.streams.add(probe);
            await copiesAreCurrent(manager);
            await manager.streams.delete(probe.name);
          }),
        joiningMs,
      );
      return true;
    } catch {
      return false;
    }
  }
}

async function copiesAreCurrent({ streams }: JetStreamManager): Promise<void> {
  for await (const { config, cluster } of streams.list()) {
    const current = (cluster?.replicas ?? []).filter((replica) => replica.current);
    assert.equal(current.length, config.num_replicas - 1, `${config.name}: ${JSON.stringify(cluster)}`);
  }
}
