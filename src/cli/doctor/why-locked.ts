import { isPostgres } from "../../lib/engines/engine-url.ts";
import type { Part } from "../../lib/engines/part.ts";
import { lockWarnings } from "../../lib/postgres/locked-tables.ts";
import { openPostgres } from "../../lib/postgres/postgres.ts";

/** What keeps a PostgreSQL that is there from answering us: who has locked our tables; undefined if nobody has. */
export async function whyLocked(part: Part, url: string): Promise<string | undefined> {
  if (!isPostgres(url)) return undefined;
  const db = await openPostgres(url, { part, connections: 1 });
  try {
    const warnings = await lockWarnings(db);
    return warnings.length === 0 ? undefined : warnings.join(" ");
  } catch {
    return undefined;
  } finally {
    await db.end();
  }
}
