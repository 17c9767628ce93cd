import { describe, expect, test } from "vitest";
import { answers } from "../../../test/support/engines.ts";
import { ownSchema } from "../../../test/support/postgres-harness.ts";
import { openPostgres } from "./postgres.ts";
import { migrate } from "./migrate.ts";

describe.skipIf(!(await answers("postgres")))("steps of a schema in PostgreSQL", () => {
  test("a step has the time to go through a large table", { timeout: 30_000 }, async () => {
    await using schema = ownSchema();
    const db = await openPostgres(schema.url, { setting: "HOOKWELL_QUEUE (--queue)", connections: 1 });

    const done = migrate(db, "queue", [{ sql: () => "select pg_sleep(5.5)" }]);

    await expect(done).resolves.toBeUndefined();
    await db.end();
  });
});
