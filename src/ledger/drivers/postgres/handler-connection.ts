import type { PoolClient, QueryResult, QueryResultRow } from "pg";
import { codeOf } from "../../../lib/error-code.ts";
import { noticeCuts } from "../../../lib/postgres/postgres.ts";
import { isRefusal } from "../../../lib/postgres/is-refusal.ts";
import { handlerClient } from "./handler-client.ts";

/** A server that does not answer for so long is given up; in ms. */
export const patienceMs = 10_000;

/**
 * Takes away what a handler can leave on a connection beyond its transaction, and tells which statements it has prepared in SQL.
 * Those that the client has prepared by itself stay: it remembers them.
 */
const clean = `reset session authorization; reset role; reset all; ${noticeCuts}; close all; unlisten *; discard temp; discard sequences;
  select pg_advisory_unlock_all(); select name from pg_prepared_statements where from_sql`;

/** A connection that a handler uses too, until its transaction is over. */
export class HandlerConnection {
  readonly client: PoolClient;
  /** What the handler gets. */
  readonly shared: PoolClient;
  /** What the server refused last of what the handler asked for. */
  refusal: Error | undefined;
  /** Why a query of the handler failed that the server has not refused. */
  failure: unknown;
  #isShut = false;
  #isOver = false;

  constructor(client: PoolClient) {
    this.client = client;
    const failed = (error: unknown): void => {
      if (!isRefusal(error)) this.failure ??= error;
      else if (!isAftermath(error)) this.refusal = error;
    };
    this.shared = handlerClient(client, { isOver: () => this.#isShut, failed });
  }

  /** The handler is over: what it asks for from now on is refused, and what it listened to is not heard any more. */
  shut(): void {
    this.#isShut = true;
    // All but the one with which the pool keeps a break from ending the process are the handler's.
    this.client.removeAllListeners().on("error", ignore);
  }

  /** Makes it ready for another handler, which takes a moment that nobody has to wait for. Never throws. */
  async recycle(): Promise<void> {
    try {
      const prepared = await this.lastRows(clean);
      // So seldom that taking them away would cost more.
      this.end(prepared.length > 0);
    } catch {
      this.end(true);
    }
  }

  /**
   * Gives it back; nothing happens if that was done before. Never throws.
   *
   * @param broken throws the connection away
   */
  end(broken: boolean): void {
    if (this.#isOver) return;
    this.#isShut = true;
    this.#isOver = true;
    this.client.release(broken);
  }

  /** What the last of several statements gives. */
  async lastRows<Row extends QueryResultRow>(statements: string): Promise<readonly Row[]> {
    const answers: unknown = await this.inTime(() => this.client.query(statements));
    // A list, which its types do not tell.
    return (answers as readonly QueryResult<Row>[]).at(-1)?.rows ?? [];
  }

  /** A server that does not answer in time loses the connection, so that whoever waits for it hears of it. */
  async inTime<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.end(true), patienceMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }
}

const ignore = (): void => undefined;

/** A query was refused before, and since then the server refuses all of the transaction. */
export const isAftermath = (error: unknown): boolean => codeOf(error) === "25P02";
