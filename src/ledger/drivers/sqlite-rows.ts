import type { DatabaseSync } from "node:sqlite";
import type { EntityKey, StateKey } from "../../event/entity.ts";
import type { EventId } from "../../event/envelope.ts";
import type { Message } from "../../event/message.ts";
import { statuses, type Attempt, type EventRecord, type EventStatus } from "../record.ts";

/** A row of the table `event` without its body. */
export interface EventRow {
  readonly seq: number;
  readonly received_at: number;
  readonly name: number;
  readonly status: number;
  readonly event_id: string;
  readonly entity: string;
  readonly state: string | null;
  readonly revision: number | null;
  readonly occurred_at: number | null;
  readonly account_id: number | string | null;
  readonly api_space_id: string | null;
  readonly copy: string;
  readonly attempts: number;
  readonly deliveries: number;
  readonly conflict: number;
  readonly counts: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly settled_at: number | null;
  readonly changed: number | null;
  readonly error: string | null;
}

/** The columns of an `EventRow`. */
export const rowColumns = /* sql */ `seq, received_at, name, status, event_id, entity, state, revision, occurred_at,
  account_id, api_space_id, copy, attempts, deliveries, conflict, counts, started_at, ended_at, settled_at, changed, error`;

export const codeOf = (status: EventStatus): number => statuses.indexOf(status);

export function statusOf(code: number): EventStatus {
  const status = statuses[code];
  if (status === undefined) throw new RangeError(`The ledger holds an unknown status, ${code}.`);
  return status;
}

export const isSettled = (status: EventStatus): boolean => status !== "pending" && status !== "retrying";

/** Event names as small numbers, so that rows and indexes stay small. */
export class Names {
  readonly #db: DatabaseSync;
  readonly #codes = new Map<string, number>();
  readonly #texts = new Map<number, string>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    for (const row of db.prepare("select id, text from name").all()) {
      this.#remember(String(row["text"]), Number(row["id"]));
    }
  }

  /** The number of a name, a new one if it is seen for the first time. */
  code(name: string): number {
    const known = this.#codes.get(name);
    if (known !== undefined) return known;
    const code = Number(this.#db.prepare("insert into name (text) values (?)").run(name).lastInsertRowid);
    this.#remember(name, code);
    return code;
  }

  text(code: number): string {
    return this.#texts.get(code) ?? "";
  }

  all(): ReadonlyMap<string, number> {
    return this.#codes;
  }

  #remember(name: string, code: number): void {
    this.#codes.set(name, code);
    this.#texts.set(code, name);
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

export function toRecord(row: EventRow, name: string): EventRecord {
  return {
    eventId: row.event_id,
    name,
    entity: row.entity,
    revision: row.revision,
    status: statusOf(row.status),
    attempts: row.attempts,
    deliveries: row.deliveries,
    conflict: row.conflict === 1,
    receivedAt: iso(row.received_at),
    occurredAt: isoOrNull(row.occurred_at),
    settledAt: isoOrNull(row.settled_at),
    error: row.error,
    accountId: row.account_id,
    apiSpaceId: row.api_space_id,
  };
}

/** The attempts that failed, and behind them the one that succeeded. */
export function attemptLog(row: EventRow, failed: readonly Attempt[]): readonly Attempt[] {
  if (row.counts === 0 || row.started_at === null || row.ended_at === null) return failed;
  const handled: Attempt = {
    attempt: row.attempts,
    startedAt: iso(row.started_at),
    endedAt: iso(row.ended_at),
    outcome: "handled",
    error: null,
  };
  return [...failed.filter(({ attempt }) => attempt !== row.attempts), handled];
}

export function toMessage(row: EventRow, name: string, body: Uint8Array): Message {
  return {
    eventId: row.event_id as EventId,
    name,
    entity: row.entity as EntityKey,
    state: row.state as StateKey | null,
    revision: row.revision,
    occurredAt: row.occurred_at,
    accountId: row.account_id,
    apiSpaceId: row.api_space_id,
    receivedAt: row.received_at,
    copy: row.copy,
    replay: false,
    body,
  };
}
