import { callbackify } from "node:util";
import type * as Pg from "pg";
import type { ClientBase, Pool, PoolClient, PoolConfig } from "pg";
import { expectWithin } from "../async/within.ts";
import type { Hosts } from "./hosts.ts";
import { UnfitError } from "./unfit-error.ts";

/** What a new connection is asked first. */
export type Greeting = (client: ClientBase) => unknown;

/** A standby refuses this, and so the connection to it fails. */
export const refuseStandby: Greeting = async (client) => {
  await client.query("begin read write; commit");
  await refuseOldReads(client);
};

const oldReads =
  "something in front of the server gives queries to a standby, whose data may be old: let it send all of Hookwell's to the server that takes writes (with Pgpool-II: app_name_redirect_preference_list = 'hookwell.*:primary'), or name that server in the URL";

/**
 * Some poolers send what writes to the one server, and what only reads to another. Then a repeat would be unknown, and
 * handled again, until that server knows what the first one has written.
 *
 * @throws {UnfitError} if this connection reads from a standby
 */
export async function refuseOldReads(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ standby: string | null }>(
    "select current_setting('in_hot_standby', true) as standby",
  );
  if (rows[0]?.standby === "on") throw new UnfitError(oldReads);
}

/**
 * Clients of the host that takes writes. One that cannot connect passes over its host itself, since the pool begins the
 * next one at once for whoever waits.
 */
export function clientOf(
  { Client }: Pick<typeof Pg, "Client">,
  hosts: Hosts,
  ways: PoolConfig,
  greeting: Greeting,
): new () => Pg.Client {
  /** How long a host may take to answer, in ms: its part of the whole time. */
  const connectionTimeoutMillis = (ways.connectionTimeoutMillis ?? 0) / hosts.count;

  return class ClientOfHost extends Client {
    readonly #host = hosts.current;

    constructor() {
      super({ ...ways, ...hosts.current, connectionTimeoutMillis });
      // Whoever has the connection hears of an error by a query, and the pool listens only once it has it.
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
        // A pooler lets clients in before it has the server.
        await expectWithin(connectionTimeoutMillis, this.#greet(), () => new Error("timeout expired"));
        return this;
      } catch (error) {
        hosts.passOver(this.#host, error);
        void this.end().catch(ignore);
        throw error;
      }
    }

    async #greet(): Promise<void> {
      await super.connect();
      await greeting(this);
    }
  };
}

/** A pool whose new connections lead to the host that takes writes. */
export function poolOf(
  pg: Pick<typeof Pg, "Pool" | "Client">,
  hosts: Hosts,
  ways: PoolConfig,
  greeting: Greeting,
): Pool {
  class PoolOfHosts extends pg.Pool {
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

  return new PoolOfHosts({ ...ways, Client: clientOf(pg, hosts, ways, greeting) });
}

const ignore = (): void => undefined;

type Connected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (broken?: boolean | Error) => void,
) => void;
