import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { process } from "../../../../testing/ledger-driver/harness.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { openPostgresLedger } from "../ledger.ts";
import { dayMs, dayName } from "./partitions.ts";

describe.skipIf(!(await answers("postgres")))("a user that does not own the history", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
    await server.query("create role admin login; create role clerk login");
    await server.query("grant create on database postgres to admin");
    await (await open("admin")).close();
    await server.query(
      `grant usage on schema hookwell to clerk;
       grant select, insert, update, delete on all tables in schema hookwell to clerk;
       grant usage, select on all sequences in schema hookwell to clerk`,
    );
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const { log, lines } = recordedLog();
  const open = (user: string) => openPostgresLedger(server.url.replace("postgres@", `${user}@`), { log });
  const tomorrow = `hookwell.${dayName(Math.floor(Date.now() / dayMs) * dayMs + dayMs)}`;

  /** The owner of a day that the next start has to make. */
  const ownerOfDay = async (): Promise<unknown> => {
    const [day] = await server.query(
      `select relowner::regrole::text as owner from pg_class where oid = to_regclass('${tomorrow}')`,
    );
    return day?.["owner"];
  };

  test("handles events, and is told that it makes no days, with what to run", async () => {
    await server.query(`drop table ${tomorrow}`);

    const ledger = await open("clerk");
    await ledger.share(1);
    await process(ledger, aMessage());
    const { warnings } = await ledger.report();
    await ledger.close();

    expect(warnings).toEqual([
      expect.stringMatching(
        /^This user may neither make nor drop .* belong to the role admin: [^.]*\. Log in/,
      ),
    ]);
    expect(lines.map(({ fact }) => fact)).toEqual(["ledger.partition_failed"]);
    expect(await ownerOfDay()).toBeUndefined();

    for (const statement of /`(.*)`/.exec(warnings[0] ?? "")?.[1]?.split(";") ?? [])
      await server.query(statement);
    const cured = await open("clerk");
    expect((await cured.report()).warnings).toEqual([]);
    await cured.close();
    expect(await ownerOfDay()).toBe("admin");
  });

  test("or owns its tables, and may create nothing beside them", async () => {
    await server.query("alter role clerk in database postgres reset role; revoke admin from clerk");
    for (const { name } of await server.query(
      "select oid::regclass::text as name from pg_class where relnamespace = 'hookwell'::regnamespace and relkind in ('r', 'p')",
    ))
      await server.query(`alter table ${String(name)} owner to clerk`);

    const ledger = await open("clerk");
    const { warnings } = await ledger.report();
    await ledger.close();

    expect(warnings).toEqual([
      expect.stringMatching(
        /may create nothing in the schema hookwell: .*`grant create on schema hookwell to clerk`/,
      ),
    ]);
  });

  test("or owns its tables, but for a day that somebody else has made, which it cannot drop", async () => {
    await server.query("grant create on schema hookwell to clerk");
    // So it could act as that role, but does not.
    await server.query("alter role clerk noinherit; grant admin to clerk");
    await server.query(`alter table ${tomorrow} owner to admin`);

    const ledger = await open("clerk");
    const { warnings } = await ledger.report();

    expect(warnings).toEqual([expect.stringMatching(/^This user may not drop 1 of .* the role admin, and /)]);
    const day = tomorrow.split(".")[1] ?? "";
    await server.query(`create schema kept; alter table ${tomorrow} set schema kept`);
    expect((await ledger.report()).warnings).toEqual([]);
    await server.query(`alter table kept.${day} set schema hookwell; alter table ${tomorrow} rename to mine`);
    expect((await ledger.report()).warnings).toEqual([]);
    await server.query(`alter table hookwell.mine rename to ${day}`);
    await server.query(/`(.*)`/.exec(warnings[0] ?? "")?.[1] ?? "");
    expect((await ledger.report()).warnings).toEqual([]);
    expect(await ownerOfDay()).toBe("clerk");
    await ledger.close();
  });

  test("or owns its tables, but for several days, of which all are told of", async () => {
    const days = await server.query(
      "select oid::regclass::text as day from pg_class where relname ~ '^event_[0-9]{8}$' order by relname",
    );
    for (const { day } of days.slice(0, 2)) await server.query(`alter table ${String(day)} owner to admin`);

    const ledger = await open("clerk");
    const { warnings } = await ledger.report();
    await ledger.close();

    const [first] = days.map(({ day }) => String(day));
    expect(warnings).toEqual([
      expect.stringMatching(
        `^This user may not drop 2 of .*\`alter table ${first} owner to clerk\` .*, and the same for the others\\.$`,
      ),
    ]);
    for (const { day } of days) await server.query(`alter table ${String(day)} owner to clerk`);
  });

  test("or acts as another role: what that may counts, and who is to act as the owner is the login", async () => {
    await server.query(
      `create role stranger noinherit; grant clerk to stranger;
       create role desk login noinherit; grant clerk, stranger to desk;
       grant usage, create on schema hookwell to stranger;
       grant select, insert, update, delete on all tables in schema hookwell to stranger;
       alter role desk set role clerk; revoke create on schema hookwell from clerk;
       grant create on schema hookwell to desk`,
    );
    const warnings = async (): Promise<readonly string[]> => {
      const ledger = await open("desk");
      const report = await ledger.report();
      await ledger.close();
      return report.warnings;
    };

    expect(await warnings()).toEqual([expect.stringContaining("`grant create on schema hookwell to clerk`")]);
    await server.query("alter role desk set role stranger");
    expect(await warnings()).toEqual([expect.stringContaining("`grant clerk to desk; alter role desk in ")]);
  });

  test("is told with what to run also where names are to be quoted", async () => {
    await server.query('create role "web-clerk" login');
    await server.query('create database "web-app" owner admin');
    const url = server.url.replace(/postgres$/, "web-app");
    const owner = new Client({ connectionString: url.replace("postgres@", "admin@") });
    await owner.connect();
    for (const kind of ["schemas", "tables", "sequences"])
      await owner.query(`alter default privileges grant all on ${kind} to "web-clerk"`);
    await owner.end();
    await (await openPostgresLedger(url.replace("postgres@", "admin@"))).close();

    const ledger = await openPostgresLedger(url.replace("postgres@", "web-clerk@"));
    const { warnings } = await ledger.report();
    await ledger.close();

    const cure = 'grant admin to "web-clerk"; alter role "web-clerk" in database "web-app" set role admin';
    expect(warnings).toEqual([expect.stringContaining(`\`${cure}\``)]);
  });
});
