import type { PoolClient, QueryResultRow } from "pg";
import { codeOf } from "../../../../lib/error-code.ts";
import { lastRows } from "../../../../lib/postgres/on-connection.ts";
import { noticeCuts } from "../../../../lib/postgres/postgres.ts";
import { isRefusal } from "../../../../lib/postgres/is-refusal.ts";
import { handlerClient } from "./handler-client.ts";

/** A server that has not answered after so long, in ms, is given up. */
export const patienceMs = 10_000;

/**
 * Removes what a handler can leave on a connection beyond its transaction, and tells which statements it has prepared
 * in SQL. Statements that the client has prepared by itself stay: it remembers them.
 */
const clean = `reset session authorization; reset role; reset all; ${noticeCuts}; close all; unlisten *; discard temp; discard sequences;
  select pg_advisory_unlock_all(); select name from pg_prepared_statements where from_sql`;

/** A connection that a handler uses too, until its transaction is over. */
export class HandlerConnection {
  readonly client: PoolClient;
  /** What the handler gets. */
  readonly shared: PoolClient;
  /** The last refusal of the server to a query of the handler. */
  refusal: Error | undefined;
  /** Why a query of the handler failed, if it was not refused by the server. */
  failure: unknown;
  #isShut = false;
  #isOver = false;

  constructor(client: PoolClient) {
    this.client = client;
    const failed = (error: unknown): void => {
      if (!isRefusal(error)) this.failure ??= error;
      else if (!isAftermath(error)) this.refusal = error;
      // By itself it says only that something was refused before, which the handler may have passed over.
      else if (error.cause === undefined) Reflect.set(error, "cause", this.refusal);
    };
    this.shared = handlerClient(client, { isOver: () => this.#isShut, failed });
  }

  /** The handler is over: its further queries are refused, and its listeners are not called any more. */
  shut(): void {
    this.#isShut = true;
    // All are the handler's, except for the one with which the pool keeps a broken connection from ending the process.
    this.client.removeAllListeners().on("error", ignore);
  }

  /** Makes it ready for another handler, which takes a moment that nobody has to wait for. Never throws. */
  async recycle(): Promise<void> {
    try {
      const prepared = await this.lastRows(clean);
      // If there are any, the connection goes: that is so rare that removing them would cost more.
      if (prepared.length > 0) this.discard();
      else this.#release({ isReusable: true });
    } catch {
      this.discard();
    }
  }

  /** Throws the connection away, unless it was given back before. Never throws. */
  discard(): void {
    this.#release({ isReusable: false });
  }

  #release({ isReusable }: { readonly isReusable: boolean }): void {
    if (this.#isOver) return;
    this.#isShut = true;
    this.#isOver = true;
    this.client.release(!isReusable);
  }

  /** The rows of the last of several statements. */
  lastRows<Row extends QueryResultRow>(statements: string): Promise<readonly Row[]> {
    return this.inTime(() => lastRows<Row>(this.client, statements));
  }

  /**
   * If the server does not answer in time, the connection is ended, so that whoever waits for an answer hears of it.
   */
  async inTime<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.discard(), patienceMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }
}

const ignore = (): void => undefined;

/** True if a query was refused before: since then the server refuses everything in the transaction. */
export const isAftermath = (error: unknown): boolean => codeOf(error) === "25P02";
