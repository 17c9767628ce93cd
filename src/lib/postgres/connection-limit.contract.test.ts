import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { sharedLimits } from "./connection-limit.ts";
import { openPostgres } from "./postgres.ts";
import { postgresReport } from "./report.ts";

describe.skipIf(!(await answers("postgres")))("too few connections of PostgreSQL are told of", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start("max_connections=18");
    await server.query("create role clerk login");
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const urlOf = (user: string, database = "postgres"): string =>
    server.url.replace("postgres@", `${user}@`).replace(/[^/]*$/, database);

  /** @param queue where it is, if it is known to the ledger */
  const warnings = async (
    part: "queue" | "ledger",
    queue?: string,
    user = "clerk",
  ): Promise<readonly string[]> => {
    const url = urlOf(user);
    const db = await openPostgres(url, { part, connections: 2 });
    const report = await postgresReport(db, { shared: sharedLimits(url, queue) });
    await db.end();
    return report.warnings;
  };

  test("if the server has them for others than this user", async () => {
    expect(await warnings("queue")).toEqual([]);
    expect(await warnings("ledger")).toEqual([
      expect.stringMatching(/^This user may have 15 connections \(max_connections .*up to 16 of them/),
    ]);
  });

  test("if the server has more of them for others, as from version 16 on", async () => {
    await server.query(`create schema newer;
      create function newer.current_setting(text, boolean) returns text language sql as $$ select '5' $$;
      grant usage on schema newer to clerk; alter role clerk set search_path = newer, pg_catalog`);

    expect(await warnings("ledger")).toEqual([expect.stringMatching(/^This user may have 10 connections /)]);

    await server.query("alter role clerk reset search_path");
  });

  test("by the lowest of several limits, once, with how many each process takes", async () => {
    await server.query("alter role clerk connection limit 7; alter database postgres connection limit 5");

    expect(await warnings("ledger")).toEqual([
      expect.stringMatching(
        /^This user may have 5 connections \(the .* its database\).* takes up to 24, without ctx\.tx\(\) up to 14, and a receiver 8\.$/,
      ),
    ]);

    expect(await warnings("queue", undefined, "postgres")).toEqual([]);
    await server.query("alter role clerk connection limit -1; alter database postgres connection limit -1");
  });

  test("by the limit of the login, whatever role it acts as, and not of one of which nobody counts them", async () => {
    await server.query(`create role owner; grant owner to clerk; alter role clerk set role owner;
      alter role clerk connection limit 7; alter role postgres connection limit 5`);

    expect(await warnings("queue")).toEqual([expect.stringMatching(/ 7 connections .* limit of its role/)]);
    expect(await warnings("queue", undefined, "postgres")).toEqual([]);

    await server.query(
      "alter role clerk reset role; alter role clerk connection limit -1; alter role postgres connection limit -1",
    );
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
  test("if it is enough for the ledger, and not for the queue of the worker besides", async () => {
    const told = (whose: string) => [
      expect.stringMatching(
        `^This user may have 16 connections .${whose}.*, and a worker with queue and ledger here takes up to 24`,
      ),
    ];
    await server.stop();
    await server.start("max_connections=60");

    await server.query("alter role clerk connection limit 16");
    expect(await warnings("ledger")).toEqual([]);
    expect(await warnings("ledger", `${urlOf("clerk", "other")}?schema=desk`)).toEqual(
      told("the connection limit of its role"),
    );
    expect(await warnings("ledger", urlOf("other"))).toEqual([]);
    await server.query("alter role clerk connection limit 24");
    expect(await warnings("ledger", urlOf("clerk"))).toEqual([]);

    await server.query("alter database postgres connection limit 16");
    expect(await warnings("ledger", urlOf("other"))).toEqual(told("the connection limit of its database"));
    expect(await warnings("ledger", urlOf("clerk", "other"))).toEqual([]);
    for (const elsewhere of [
      "postgres://clerk@127.0.0.1:1/postgres",
      "redis://127.0.0.1",
      "sqlite: of /data on here",
      urlOf("clerk", "%zz"),
    ])
      expect(await warnings("ledger", elsewhere)).toEqual([]);
  });
});
