import { callbackify } from "node:util";
import type { ClientBase, Pool, PoolClient, PoolConfig } from "pg";
import type * as Pg from "pg";
import type { Hosts } from "./hosts.ts";

/** How a client reaches the current host: one that does not answer has a part of the time only. */
export const waysTo = (hosts: Hosts, ways: PoolConfig): PoolConfig => ({
  ...ways,
  ...hosts.current,
  connectionTimeoutMillis: (ways.connectionTimeoutMillis ?? 0) / hosts.count,
});

/** A pool whose new connections lead to the host that takes writes. */
export function poolOf(
  { Pool, Client }: Pick<typeof Pg, "Pool" | "Client">,
  hosts: Hosts,
  ways: PoolConfig,
): Pool {
  if (hosts.count === 1) return new Pool(waysTo(hosts, ways));

  class ClientOfHost extends Client {
    constructor() {
      super(waysTo(hosts, ways));
    }
  }

  class PoolOfHosts extends Pool {
    override connect(): Promise<PoolClient>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<PoolClient> | undefined {
      if (callback === undefined) return this.#connect();
      callbackify(() => this.#connect())((error, client) =>
        callback(error ?? undefined, client, (broken) => client?.release(broken)),
      );
      return undefined;
    }

    #connect(): Promise<PoolClient> {
      const isNew = this.idleCount === 0 && this.totalCount < this.options.max;
      // Who waits for a connection of others learns nothing of the host.
      return isNew ? hosts.first(() => super.connect()) : super.connect();
    }
  }

  return new PoolOfHosts({ onConnect: refuseStandby, ...ways, Client: ClientOfHost });
}

/** A standby refuses it. */
const refuseStandby = (client: ClientBase): unknown => client.query("set transaction read write");

type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (broken?: boolean | Error) => void,
) => void;
