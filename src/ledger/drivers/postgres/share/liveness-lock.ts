import { randomInt } from "node:crypto";
import type { Client } from "pg";
import { codeOf } from "../../../../lib/error-code.ts";
import { OneByOne } from "../../../../lib/async/one-by-one.ts";
import { type Postgres, useOwnSettings } from "../../../../lib/postgres/postgres.ts";
import { isRefusal } from "../../../../lib/postgres/is-refusal.ts";

/**
 * A connection that holds a lock for as long as it lives: so others see at once when this worker is gone. Heartbeats
 * use the same connection, so they neither wait behind other queries nor claim a lock that is lost.
 */
export class LivenessLock {
  readonly #db: Postgres;
  /** Another number for each connection: the server may not know yet that the last connection is gone. */
  #lock = 0;
  #client: Client | undefined;
  readonly #beats = new OneByOne();

  constructor(db: Postgres) {
    this.#db = db;
  }

  /** Does all or nothing, while the lock is held. One at a time: a caller may have given up on one that still runs. */
  transaction<T>(work: (client: Client, lock: number) => Promise<T>): Promise<T> {
    return this.#beats.run(() => this.#transaction(work));
  }

  async #transaction<T>(work: (client: Client, lock: number) => Promise<T>): Promise<T> {
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

  close(): void {
    if (this.#client !== undefined) this.#drop(this.#client);
  }

  async #connect(): Promise<Client> {
    const client = await this.#db.connectAlone(useOwnSettings);
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

  #drop(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    void client.end().catch(ignore);
  }
}

const ignore = (): void => undefined;

/** The code with which a standby refuses to write. After a failover only new connections lead to the other server. */
const readOnly = "25006";

/**
 * A refusal by the server need not cost the lock. A connection without an answer, or to a standby, is given up at once.
 */
async function rollBack(client: Client, error: unknown): Promise<boolean> {
  if (!isRefusal(error) || codeOf(error) === readOnly) return false;
  return client.query("rollback").then(
    () => true,
    () => false,
  );
}
