import { CopyRows } from "../../../lib/postgres/copy.ts";
import { type WrittenRow, writtenTypes } from "./rows.ts";

interface CopiedRow {
  readonly row: WrittenRow;
  readonly body: Uint8Array;
}

/** The columns of `event` that `copyRows` writes, in its order. */
export const copiedColumns: readonly string[] = [...Object.keys(writtenTypes), "body"];

/** How many bytes all fields of a row but its body take, about. */
const usualFields = 512;

export function copyRows(copied: readonly CopiedRow[]): Buffer {
  const size = copied.reduce((sum, { body }) => sum + body.length + usualFields, 0);
  const rows = new CopyRows(copiedColumns.length, size);
  for (const { row, body } of copied) {
    rows.begin();
    rows.text(row.event_id);
    rows.text(row.name);
    rows.text(row.entity);
    rows.text(row.state);
    rows.bigint(row.revision);
    rows.bigint(row.occurred_at);
    rows.bigint(row.received_at);
    rows.text(row.account);
    rows.text(row.api_space_id);
    rows.text(row.long_texts);
    rows.text(row.copy);
    rows.text(row.status);
    rows.int(row.attempts);
    rows.boolean(row.conflict);
    rows.boolean(row.counts);
    rows.bigint(row.settled_at);
    rows.text(row.error);
    rows.text(row.attempt_log);
    rows.bytea(body);
  }
  return rows.end();
}
