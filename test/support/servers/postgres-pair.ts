import assert from "node:assert/strict";
import { eventually } from "../../../src/testing/eventually.ts";
import { junction, type Junction } from "../network/junction.ts";
import { PostgresServer } from "./postgres-server.ts";

/** A PostgreSQL whose commits wait for a standby, and an address that leads to whichever of both takes writes. */
export class PostgresPair implements AsyncDisposable {
  readonly #way: Junction;
  readonly #started = new AsyncDisposableStack();
  #primary: PostgresServer;
  #standby: PostgresServer;

  private constructor(primary: PostgresServer, standby: PostgresServer, way: Junction) {
    this.#primary = primary;
    this.#standby = standby;
    this.#way = way;
  }

  static async start(): Promise<PostgresPair> {
    await using started = new AsyncDisposableStack();
    const primary = started.use(await PostgresServer.start());
    const standby = started.use(await primary.standby());
    const way = started.use(await junction(Number(primary.port)));
    const pair = new PostgresPair(primary, standby, way);
    await pair.#wait();
    pair.#started.use(started.move());
    return pair;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.#way.port}/postgres`;
  }

  /** The one that takes writes. */
  get primary(): PostgresServer {
    return this.#primary;
  }

  query(sql: string): Promise<readonly Record<string, unknown>[]> {
    return this.#primary.query(sql);
  }

  /** The standby takes over, and waits for nobody; nothing leads to the old one any more. */
  async failOver(): Promise<void> {
    this.#primary = this.#standby;
    await this.#primary.promote();
    // Its settings are those of the old one.
    await this.#primary.set("synchronous_standby_names = ''");
    this.#way.lead(Number(this.#primary.port));
  }

  /** A new standby, for which commits wait from now on. */
  async renewStandby(): Promise<void> {
    this.#standby = this.#started.use(await this.#primary.standby());
    await this.#wait();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#started.disposeAsync();
  }

  async #wait(): Promise<void> {
    await this.#primary.set("synchronous_standby_names = 'standby'");
    const states = "select sync_state from pg_stat_replication";
    await eventually(async () => assert.deepEqual(await this.query(states), [{ sync_state: "sync" }]));
  }
}
