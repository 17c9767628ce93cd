import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "../../../test/support/engines.ts";
import { PostgresServer } from "../../../test/support/postgres-server.ts";
import { openPostgres } from "./postgres.ts";
import { postgresReport } from "./report.ts";

describe.skipIf(!(await answers("postgres")))("too few connections of PostgreSQL are told of", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start("max_connections=18");
    await server.query("create role clerk login");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const warnings = async (part: "queue" | "ledger"): Promise<readonly string[]> => {
    const url = server.url.replace("postgres@", "clerk@");
    const db = await openPostgres(url, { setting: "the test", connections: 2 });
    const report = await postgresReport(db, part);
    await db.end();
    return report.warnings;
  };

  test("if the server has them for others than this user", async () => {
    expect(await warnings("queue")).toEqual([]);
    expect(await warnings("ledger")).toEqual([
      expect.stringMatching(/^This user may have 15 connections \(max_connections .*up to 16 of them/),
    ]);
  });

  test.for([
    { whose: "role", of: "role clerk", limit: 5 },
    { whose: "database", of: "database postgres", limit: 7 },
  ])("if the limit of the $whose is too low", async ({ whose, of, limit }) => {
    await server.query(`alter ${of} connection limit ${limit}`);

    expect(await warnings("queue")).toEqual([
      expect.stringMatching(
        new RegExp(`^This user may have ${limit} connections \\(the connection limit of its ${whose}`),
      ),
    ]);

    await server.query(`alter ${of} connection limit 8`);
    expect(await warnings("queue")).toEqual([]);
    await server.query(`alter ${of} connection limit -1`);
  });
});
