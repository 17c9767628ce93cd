import assert from "node:assert/strict";
import { eventually } from "../../../src/testing/eventually.ts";
import { RedisServer } from "./redis-server.ts";

const slots = 16_384;
const settings =
  "--appendfsync always --cluster-enabled yes --cluster-node-timeout 1500 --cluster-config-file nodes.conf".split(
    " ",
  );

/** Masters that divide the slots evenly, and replicas of the first one. */
export class RedisCluster implements AsyncDisposable {
  readonly masters: readonly RedisServer[];
  readonly replicas: readonly RedisServer[];

  private constructor(masters: readonly RedisServer[], replicas: readonly RedisServer[]) {
    this.masters = masters;
    this.replicas = replicas;
  }

  static async start(masters: number, replicas: number): Promise<RedisCluster> {
    const node = (): Promise<RedisServer> => RedisServer.start(...settings);
    const all = await Promise.all(Array.from({ length: masters + replicas }, node));
    const cluster = new RedisCluster(all.slice(0, masters), all.slice(masters));
    await cluster.#join();
    return cluster;
  }

  /** The URL of its masters. */
  get url(): string {
    return `redis://${this.masters.map(({ port }) => `127.0.0.1:${port}`).join(",")}?cluster=true`;
  }

  /** Moves all keys of a slot, one after the other, from one master to another. */
  async move(slot: string, from: RedisServer, to: RedisServer): Promise<void> {
    const [fromId, toId] = [
      String(await from.command("CLUSTER", "MYID")),
      String(await to.command("CLUSTER", "MYID")),
    ];
    await to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
    await from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
    for (;;) {
      const [key] = (await from.command("CLUSTER", "GETKEYSINSLOT", slot, "1")) as string[];
      if (key === undefined) break;
      await from.command("MIGRATE", "127.0.0.1", to.port, key, "0", "5000");
    }
    for (const server of [to, from]) await server.command("CLUSTER", "SETSLOT", slot, "NODE", toId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [...this.masters, ...this.replicas]) await server[Symbol.asyncDispose]();
  }

  async #join(): Promise<void> {
    const [first] = this.masters;
    assert.ok(first !== undefined);
    const share = slots / this.masters.length;
    for (const [index, master] of this.masters.entries()) {
      // Otherwise two of them might claim the same epoch.
      await master.command("CLUSTER", "SET-CONFIG-EPOCH", String(index + 1));
      const [from, to] = [Math.ceil(index * share), Math.ceil((index + 1) * share) - 1];
      await master.command("CLUSTER", "ADDSLOTSRANGE", String(from), String(to));
    }
    const all = [...this.masters, ...this.replicas];
    for (const server of all) await server.command("CLUSTER", "MEET", "127.0.0.1", first.port);
    await eventually(async () => {
      for (const server of all) assert.match(String(await server.command("CLUSTER", "INFO")), /state:ok/);
    });
    const id = String(await first.command("CLUSTER", "MYID"));
    for (const replica of this.replicas) await eventually(() => replica.command("CLUSTER", "REPLICATE", id));
    await hasReplicas(first, this.replicas.length);
  }
}

/** Resolves when a master has so many replicas that are up to date. */
export async function hasReplicas(master: RedisServer, count: number): Promise<void> {
  await eventually(async () => {
    const text = String(await master.command("INFO", "replication"));
    assert.equal((text.match(/state=online/g) ?? []).length, count);
  });
}
