import { callbackify } from "node:util";
import type * as Pg from "pg";
import type { ClientBase, Pool, PoolClient, PoolConfig } from "pg";
import { expectWithin } from "../within.ts";
import type { Hosts } from "./hosts.ts";

/** How long a single host may take to answer, in ms: its part of the whole time. */
const partOf = (hosts: Hosts, { connectionTimeoutMillis = 0 }: PoolConfig): number =>
  connectionTimeoutMillis / hosts.count;

/** How a client reaches the current host. */
export const waysTo = (hosts: Hosts, ways: PoolConfig): PoolConfig => ({
  ...ways,
  ...hosts.current,
  connectionTimeoutMillis: partOf(hosts, ways),
});

/**
 * Waits for a connection and the answer to its first query, since a pooler lets clients in before it has the server.
 */
export function inTime<T>(hosts: Hosts, ways: PoolConfig, greeting: Promise<T>): Promise<T> {
  return expectWithin(partOf(hosts, ways), greeting, () => new Error("timeout expired"));
}

/**
 * A pool whose new connections lead to the host that takes writes.
 *
 * @param prepare is called first on each new connection, with something that a standby must refuse
 */
export function poolOf(
  { Pool, Client }: Pick<typeof Pg, "Pool" | "Client">,
  hosts: Hosts,
  ways: PoolConfig,
  prepare: (client: ClientBase) => unknown = refuseStandby,
): Pool {
  /** A failed connection passes over its host itself, since the next one is begun at once for whoever waits. */
  class ClientOfHost extends Client {
    readonly #host = hosts.current;

    constructor() {
      super(waysTo(hosts, ways));
      // The pool listens only once it has the connection. An error before that fails whatever waits for the connection.
      this.on("error", ignore);
    }

    override connect(): Promise<Pg.Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): Promise<Pg.Client> | undefined {
      if (callback === undefined) return this.#connect();
      callbackify(() => this.#connect())((error) => callback(error));
      return undefined;
    }

    async #connect(): Promise<Pg.Client> {
      try {
        await inTime(hosts, ways, this.#greet());
        return this;
      } catch (error) {
        hosts.passOver(this.#host, error);
        void this.end().catch(ignore);
        throw error;
      }
    }

    async #greet(): Promise<void> {
      await super.connect();
      await prepare(this);
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
      return hosts.first(() => super.connect());
    }
  }

  return new PoolOfHosts({ ...ways, Client: ClientOfHost });
}

/** A standby refuses this, and so the connection to it fails. */
export const refuseStandby = (client: ClientBase): unknown => client.query("begin read write; commit");

const ignore = (): void => undefined;

type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (broken?: boolean | Error) => void,
) => void;
