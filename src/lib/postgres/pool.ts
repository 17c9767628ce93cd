import { callbackify } from "node:util";
import type * as Pg from "pg";
import type { ClientBase, Pool, PoolClient, PoolConfig } from "pg";
import { expectWithin } from "../within.ts";
import type { Hosts } from "./hosts.ts";

/** A host that does not answer has a part of the time only, in ms. */
const partOf = (hosts: Hosts, { connectionTimeoutMillis = 0 }: PoolConfig): number =>
  connectionTimeoutMillis / hosts.count;

/** How a client reaches the current host. */
export const waysTo = (hosts: Hosts, ways: PoolConfig): PoolConfig => ({
  ...ways,
  ...hosts.current,
  connectionTimeoutMillis: partOf(hosts, ways),
});

/** Within the part of its host, in which also the first words are answered: a pooler lets in before it has the server. */
export function inTime<T>(hosts: Hosts, ways: PoolConfig, greeting: Promise<T>): Promise<T> {
  return expectWithin(partOf(hosts, ways), greeting, () => new Error("timeout expired"));
}

/**
 * A pool whose new connections lead to the host that takes writes.
 *
 * @param prepare what is done first on each of them, which a standby must refuse
 */
export function poolOf(
  { Pool, Client }: Pick<typeof Pg, "Pool" | "Client">,
  hosts: Hosts,
  ways: PoolConfig,
  prepare: (client: ClientBase) => unknown = refuseStandby,
): Pool {
  /** Who waits behind others for a connection gets the next one at once, so each that fails passes over its host itself. */
  class ClientOfHost extends Client {
    readonly #host = hosts.current;

    constructor() {
      super(waysTo(hosts, ways));
      // The pool listens when it has the connection; what breaks before fails what waits for it.
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

/** The standby refuses what it is asked for, and so its connection. */
export const refuseStandby = (client: ClientBase): unknown => client.query("begin read write; commit");

const ignore = (): void => undefined;

type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (broken?: boolean | Error) => void,
) => void;
