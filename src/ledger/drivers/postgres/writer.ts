import type { ClientBase } from "pg";
import { copyIn } from "../../../lib/postgres/copy.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { type WrittenRow, writtenTypes } from "./rows.ts";

/** A row to be written; one that is there already keeps its event and its body. */
export interface Writing {
  readonly row: WrittenRow;
  /** True if the server should not have the row yet. */
  readonly isNew: boolean;
  /** Given even if the row is there: that may be removed, or lost in a failover, before this is written. */
  readonly body: Uint8Array;
}

/** A repeat of an event, and how often that had come before. */
export interface Repeat extends Pick<WrittenRow, "event_id" | "received_at"> {
  readonly deliveries: number;
}

/**
 * What happens to rows that the server should not have yet. To copy them takes it little more than half of the time, but
 * fails if it has one of them; to insert them always works.
 */
export type NewRows = "copied" | "inserted";

const columns = Object.keys(writtenTypes);
const copiedTypes = { ...writtenTypes, body: "bytea" };
const typed = Object.entries(writtenTypes).map(([column, type]) => `${column} ${type}`);
const changed = columns
  .slice(columns.indexOf("copy"))
  .map((column) => `${column} = excluded.${column}`)
  .join(", ");

/**
 * Writes rows in a transaction. A call may be repeated, since each row is written as it is to become.
 */
export class RowWriter {
  readonly #client: ClientBase;
  readonly #db: Postgres;
  readonly #newRows: NewRows;

  constructor(client: ClientBase, db: Postgres, newRows: NewRows) {
    this.#client = client;
    this.#db = db;
    this.#newRows = newRows;
  }

  async write(writings: readonly Writing[]): Promise<void> {
    await this.#write(writings, this.#update);
  }

  /**
   * Writes how events ended. An event that is settled already stays as it is: the same call has settled it before, and
   * its answer was lost.
   *
   * @returns how many were written
   */
  settle(writings: readonly Writing[]): Promise<number> {
    return this.#write(writings, `${this.#update} where e.status in ('pending', 'retrying')`);
  }

  /** Writes rows that are not there yet, so that people see them. */
  async show(writings: readonly Writing[]): Promise<void> {
    await this.#write(writings, "do nothing");
  }

  /**
   * Counts a repeat on each of these events, except for those that are counted already by a call whose answer was lost.
   */
  async countRepeats(repeats: readonly Repeat[]): Promise<void> {
    if (repeats.length === 0) return;
    const times = repeats.map(({ received_at }) => received_at);
    const { rowCount } = await this.#client.query(
      // With the range of times, since other days would be locked, too.
      `update ${this.#schema}.event e set deliveries = r.deliveries + 1, change = nextval('${this.#schema}.change_seq')
         from unnest($1::text[], $2::bigint[], $3::int[]) r(event_id, received_at, deliveries)
         where e.event_id = r.event_id and e.received_at = r.received_at and e.deliveries = r.deliveries
           and e.received_at between $4 and $5`,
      [
        repeats.map(({ event_id }) => event_id),
        times,
        repeats.map(({ deliveries }) => deliveries),
        Math.min(...times),
        Math.max(...times),
      ],
    );
    await this.#client.query(
      `update ${this.#schema}.event_total set duplicates = duplicates + $1 where slot = pg_backend_pid() % 32`,
      [rowCount],
    );
  }

  get #update(): string {
    return `do update set change = nextval('${this.#schema}.change_seq'), ${changed}`;
  }

  get #schema(): string {
    return this.#db.schema;
  }

  async #write(writings: readonly Writing[], otherwise: string): Promise<number> {
    if (writings.length === 0) return 0;
    // All or none: otherwise they would change in another order than that of the list.
    const copies = this.#newRows === "copied" && writings.every(({ isNew }) => isNew);
    return copies ? this.#copy(writings) : this.#insert(writings, otherwise);
  }

  async #copy(writings: readonly Writing[]): Promise<number> {
    const rows = writings.map(({ row, body }) => ({ ...row, body }));
    await copyIn(this.#client, this.#db, { table: "event", types: copiedTypes, rows });
    return writings.length;
  }

  /** All bodies go as one value beside the rows. */
  async #insert(writings: readonly Writing[], otherwise: string): Promise<number> {
    const bodies = Buffer.concat(writings.map(({ body }) => body));
    let at = 1;
    const rows = writings.map(({ row, body }) => {
      const placed = { ...row, body_at: at, body_length: body.length };
      at += body.length;
      return placed;
    });
    const { rowCount } = await this.#client.query(
      `insert into ${this.#schema}.event as e (${columns.join(", ")}, body)
       select ${columns.map((column) => `r.${column}`).join(", ")}, substring($2::bytea from r.body_at for r.body_length)
         from json_to_recordset($1::json) as r(${typed.join(", ")}, body_at int, body_length int)
       on conflict (event_id, received_at) ${otherwise}`,
      [JSON.stringify(rows), bodies],
    );
    return rowCount ?? 0;
  }
}
