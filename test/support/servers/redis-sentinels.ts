import assert from "node:assert/strict";
import { eventually } from "../../../src/testing/eventually.ts";
import { hasReplicas } from "./redis-cluster.ts";
import { RedisServer, startSentinel } from "./redis-server.ts";

const always = ["--appendfsync", "always"];

/** How long a server that comes back may take to be told whose replica it is, in ms. */
const joiningMs = 120_000;

/** A master with two replicas, and three sentinels that put another in its place when it is gone. */
export class RedisSentinels implements AsyncDisposable {
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  readonly #started = new AsyncDisposableStack();

  private constructor(servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.servers = servers;
    this.sentinels = sentinels;
  }

  static async start(): Promise<RedisSentinels> {
    await using started = new AsyncDisposableStack();
    const master = started.use(await RedisServer.start(...always));
    const replicaOf = ["--replicaof", "127.0.0.1", master.port];
    const servers = [master];
    const sentinels: RedisServer[] = [];
    while (servers.length < 3) servers.push(started.use(await RedisServer.start(...always, ...replicaOf)));
    while (sentinels.length < 3) sentinels.push(started.use(await startSentinel(master, 2)));
    const all = new RedisSentinels(servers, sentinels);
    await all.isWhole();
    all.#started.use(started.move());
    return all;
  }

  get url(): string {
    const hosts = this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
    return `redis://${hosts}?sentinel=main`;
  }

  /** The master of now, as a sentinel knows it. */
  async master(): Promise<RedisServer> {
    const [sentinel] = this.sentinels;
    const address = await sentinel?.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main");
    const master = this.servers.find(({ port }) => String(address).endsWith(`,${port}`));
    assert.ok(master !== undefined);
    return master;
  }

  /** Resolves when the master has its replicas, and all sentinels know them and each other. */
  async isWhole(): Promise<void> {
    await eventually(async () => {
      const master = await this.master();
      await hasReplicas(master, this.servers.length - 1);
      for (const sentinel of this.sentinels) {
        const known = JSON.stringify(await sentinel.command("SENTINEL", "REPLICAS", "main"));
        for (const { port } of this.servers) if (port !== master.port) assert.ok(known.includes(port));
        assert.match(String(await sentinel.command("SENTINEL", "CKQUORUM", "main")), /OK 3 usable/);
      }
    }, joiningMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync();
  }
}
