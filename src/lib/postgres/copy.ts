import type { ClientBase, Connection } from "pg";
import { type ColumnTypes, type CopyRow, CopyRows } from "./copy-rows.ts";
import type { Postgres } from "./postgres.ts";

/** How many bytes all fields of a row but its body take, about. */
const usualFields = 512;

/** Rows for a table of the schema. */
export interface Copy<Column extends string> {
  readonly table: string;
  readonly types: ColumnTypes<Column>;
  readonly rows: readonly (CopyRow<Column> & { readonly body: Uint8Array })[];
}

/** Runs a COPY, which takes the server a fraction of the time of an insert. */
export function copyIn<Column extends string>(
  client: ClientBase,
  { newQuery, schema }: Postgres,
  { table, types, rows }: Copy<Column>,
): Promise<void> {
  const text = `copy ${schema}.${table} (${Object.keys(types).join(", ")}) from stdin binary`;
  const bytes = bytesOf(types, rows);
  return new Promise((resolve, reject) => {
    const query = newQuery(text, (error) => (error ? reject(error) : resolve()));
    // The rows are sent at once. If the server refuses the statement, it skips them, as the protocol says.
    const submit = (connection: Connection): void => {
      connection.query(text);
      connection.stream.write(bytes);
    };
    client.query(Object.assign(query, { submit, handleCopyInResponse: () => undefined }));
  });
}

function bytesOf<Column extends string>(types: ColumnTypes<Column>, rows: Copy<Column>["rows"]): Buffer {
  const size = rows.reduce((sum, { body }) => sum + body.length + usualFields, 0);
  const written = new CopyRows(types, size);
  for (const row of rows) written.add(row);
  return written.end();
}
