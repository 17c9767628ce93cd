import { randomInt } from "node:crypto";
import type { PoolClient } from "pg";
import { codeOf } from "../../../lib/error-code.ts";
import { OneByOne } from "../../../lib/one-by-one.ts";
import { openPostgres, type Postgres } from "../../../lib/postgres/postgres.ts";
import { isRefusal } from "../../../lib/postgres/is-refusal.ts";

/**
 * A connection of its own that holds a lock for as long as it is there: so others see at once that this worker is gone.
 * What shows that it lives goes the same way, and so neither waits behind other queries nor tells of a lock that is lost.
 */
export class LifeLine {
  readonly #db: Postgres;
  /** Another one for each connection: the server may not know yet that the last one is gone. */
  #lock = 0;
  #client: PoolClient | undefined;
  readonly #signs = new OneByOne();

  private constructor(db: Postgres) {
    this.#db = db;
  }

  /** @param setting see `PostgresOptions` */
  static async open(url: string, setting: string): Promise<LifeLine> {
    // What is asked for together goes in one trip: workers wait there for each other.
    return new LifeLine(await openPostgres(url, { setting, connections: 1, pipeline: true }));
  }

  /** All or nothing, while the lock is held. One after the other: a start may have given up waiting for one that goes on. */
  transaction<T>(work: (client: PoolClient, lock: number) => Promise<T>): Promise<T> {
    return this.#signs.run(() => this.#transaction(work));
  }

  async #transaction<T>(work: (client: PoolClient, lock: number) => Promise<T>): Promise<T> {
    const client = this.#client ?? (await this.#connect());
    try {
      const [, result] = await Promise.all([client.query("begin"), work(client, this.#lock)]);
      await client.query("commit");
      return result;
    } catch (error) {
      const isBack = await rollBack(client, error);
      if (!isBack) this.#drop(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#client !== undefined) this.#drop(this.#client);
    await this.#db.end();
  }

  async #connect(): Promise<PoolClient> {
    const client = await this.#db.pool.connect();
    const gone = (): void => this.#drop(client);
    client.on("error", gone);
    client.on("end", gone);
    this.#lock = randomInt(2 ** 47);
    this.#client = client;
    try {
      await client.query("select pg_advisory_lock($1)", [this.#lock]);
      return client;
    } catch (error) {
      this.#drop(client);
      throw error;
    }
  }

  #drop(client: PoolClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.release(true);
  }
}

/** Code with which a standby refuses to write. A failover leads to another server, but not who is connected already. */
const readOnly = "25006";

/** A refusal by the server need not cost the lock; a connection that does not answer, or never will write, is given up at once. */
async function rollBack(client: PoolClient, error: unknown): Promise<boolean> {
  if (!isRefusal(error) || codeOf(error) === readOnly) return false;
  return client.query("rollback").then(
    () => true,
    () => false,
  );
}
