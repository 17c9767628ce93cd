import type { PoolClient } from "pg";
import type { Postgres } from "../../../lib/postgres/postgres.ts";

/** The least time between two notifications, in ms: each makes the server's commits wait for each other. */
const tellMs = 20;
/** How long to wait between tries to listen again, in ms. */
const againMs = 1_000;
/** How often to ask whether the connection is still there, in ms. */
const checkMs = 5_000;

/** Tells consumers of all processes that something was sent, so that none needs to look all the time. */
export class PostgresNotifications {
  readonly #db: Postgres;
  readonly #channel: string;
  readonly #ring: () => void;
  readonly #broken: () => void;
  #listening: PoolClient | undefined;
  #retry: NodeJS.Timeout | undefined;
  #checks: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  /** When the others were told last, on the clock of this process, in ms. */
  #toldAt = -Infinity;
  #closed = false;

  /**
   * @param ring called when something was sent by anybody
   * @param broken called when its connection has broken: the next one may lead to another server
   */
  constructor(db: Postgres, ring: () => void, broken: () => void) {
    this.#db = db;
    this.#channel = `hookwell_${db.schema.replaceAll('"', "")}`;
    this.#ring = ring;
    this.#broken = broken;
  }

  /** Listens from now on, on a connection of its own; if that breaks, on a new one. */
  listen(): void {
    if (this.#checks !== undefined) return;
    this.#checks = setInterval(() => void this.#check(), checkMs).unref();
    void this.#listen();
  }

  /** Tells that something was sent. If that gets lost, the others look within a second. */
  tell(): void {
    this.#ring();
    const dueMs = Math.max(0, this.#toldAt + tellMs - performance.now());
    this.#telling ??= setTimeout(() => this.#tell(), dueMs).unref();
  }

  #tell(): void {
    this.#telling = undefined;
    this.#toldAt = performance.now();
    if (!this.#closed)
      void this.#db.pool.query("select pg_notify($1, '')", [this.#channel]).catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#checks);
    clearTimeout(this.#telling);
    this.#listening?.release(true);
    this.#listening = undefined;
  }

  async #listen(): Promise<void> {
    try {
      const client = await this.#db.pool.connect();
      if (this.#closed) return client.release();
      this.#listening = client;
      client.on("notification", this.#ring);
      client.on("error", () => this.#lost(client));
      client.on("end", () => this.#lost(client));
      await client.query(`listen "${this.#channel}"`);
      // Nobody tells of what was sent before this connection listened.
      this.#ring();
    } catch {
      this.#lost(this.#listening);
    }
  }

  /** Checks the connection: by listening alone, one never learns that it was lost silently. */
  async #check(): Promise<void> {
    const client = this.#listening;
    try {
      await client?.query("select");
    } catch {
      if (client === this.#listening) this.#lost(client);
    }
  }

  #lost(client: PoolClient | undefined): void {
    // A connection that hung may end long after it was given up.
    if (client !== this.#listening) return;
    if (client !== undefined) {
      this.#listening = undefined;
      client.release(true);
      if (!this.#closed) this.#broken();
    }
    if (this.#closed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#listen(), againMs).unref();
  }
}
