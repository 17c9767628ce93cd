import type { ClientBase } from "pg";

const mostRows = 10_000;
const mostBytes = 32 * 1024 * 1024;

/**
 * Whether these rows are so few that everything else may wait while they move to another partition.
 *
 * @param rows what follows `from` in SQL
 */
export async function mayMove(client: Pick<ClientBase, "query">, rows: string): Promise<boolean> {
  const found = await client.query<{ few: boolean }>(
    `select count(*) <= ${mostRows} and coalesce(sum(octet_length(body)), 0) <= ${mostBytes} as few
       from (select body from ${rows} limit ${mostRows + 1}) as these`,
  );
  return found.rows[0]?.few === true;
}
