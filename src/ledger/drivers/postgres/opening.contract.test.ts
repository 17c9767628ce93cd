import { chown, chmod, copyFile, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../../../../test/support/network/certificate.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { ConfigError, LedgerUnavailableError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { dead, process as processEvent } from "../../../testing/ledger-driver/harness.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere)("TLS", () => {
  test("is spoken as sslmode says, and a certificate that nobody vouches for is refused in one sentence", async () => {
    await using folder = await tempFolder();
    const made = await makeCertificate(folder.path, "server", 5);
    const [cert, key] = [join(folder.path, "pg.pem"), join(folder.path, "pg.key")];
    await copyFile(made.cert, cert);
    await copyFile(made.key, key);
    // The server wants a key that nobody else can read.
    if (process.getuid?.() === 0) {
      const id = (flag: string): number =>
        Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
      for (const path of [folder.path, cert, key]) await chown(path, id("-u"), id("-g"));
    }
    await chmod(key, 0o600);
    await using server = await PostgresServer.start("ssl=on", `ssl_cert_file=${cert}`, `ssl_key_file=${key}`);
    const open = (query: string) => openPostgresLedger(`${server.url}?${query}`);

    const encrypted = await open("sslmode=require");
    const trusted = await open(`sslmode=verify-ca&sslrootcert=${made.cert}`);
    await encrypted.share(1);
    await processEvent(encrypted, aMessage());
    const [row] = await server.query(
      "select bool_and(ssl) as all from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'hookwell'",
    );
    expect(row).toEqual({ all: true });
    await encrypted.close();
    await trusted.close();

    await expect(open("sslmode=verify-full")).rejects.toThrow(ConfigError);
    await expect(open("sslmode=verify-full")).rejects.toThrow(/^HOOKWELL_LEDGER .*TLS fails.*sslrootcert/);
    await expect(open(`sslmode=verify-full&sslrootcert=${made.cert}`)).rejects.toThrow(/TLS fails/);
    await expect(open("sslmode=prefer")).rejects.toThrow(/not disable, require, verify-ca or verify-full/);
    await expect(open("sslmode=require&sslcert=/nowhere.pem")).rejects.toThrow(/\?sslcert=.*cannot be read/);
  });
});

describe.skipIf(!isThere)("a server that refuses", () => {
  test("is not waited for, and what is missing is said", async () => {
    await using folder = await tempFolder();
    const rules = join(folder.path, "pg_hba.conf");
    const host = "127.0.0.1/32";
    const byPassword = `host all guarded ${host} scram-sha-256`;
    await writeFile(
      rules,
      `host all postgres ${host} trust\n${byPassword}\nhostssl all remote ${host} trust\n`,
    );
    await chmod(folder.path, 0o755);
    await using server = await PostgresServer.start(`hba_file=${rules}`);
    for (const user of ["guarded", "remote"]) {
      await server.query(`create role ${user} login password 'right'`);
    }
    const open = (login: string, database = "postgres") =>
      openPostgresLedger(`postgres://${login}@127.0.0.1:${server.port}/${database}`);

    await expect(open("guarded")).rejects.toThrow(
      /^HOOKWELL_LEDGER .* asks for a password: set user and pass/,
    );
    await expect(open("guarded:wrong")).rejects.toThrow(/refuses the password/);
    await expect(open("remote:right")).rejects.toThrow(/without TLS: add \?sslmode=require/);
    await expect(open("nobody")).rejects.toThrow(/from here|without TLS/);
    await expect(open("postgres", "nowhere")).rejects.toThrow(/no such database/);
  });
});

describe.skipIf(!isThere)("a user who may create nothing in the database", () => {
  test("has all that it needs in a schema that belongs to it", async () => {
    await using server = await PostgresServer.start();
    await server.query("create role clerk login; create schema desk authorization clerk");
    const open = (schema: string) =>
      openPostgresLedger(`postgres://clerk@127.0.0.1:${server.port}/postgres?schema=${schema}`);

    const ledger = await open("desk");
    await ledger.share(1);
    await processEvent(ledger, aMessage());

    expect((await ledger.stats()).events.handled).toBe(1);
    await expect(open("elsewhere")).rejects.toThrow(/may not create .*: grant it CREATE on the database/);
    await ledger.close();
  });
});

describe.skipIf(!isThere)("a server that is away", () => {
  test("is waited for, also at the start, and the log says when it is lost and when it is back", async () => {
    await using server = await PostgresServer.start();
    await server.stop();
    const log = recordedLog();
    const ledger = await openPostgresLedger(server.url, { log: log.log });
    await expect(ledger.stats()).rejects.toThrow(LedgerUnavailableError);

    await server.start();
    await eventually(() => ledger.history(), 10_000);
    await ledger.share(1);
    await processEvent(ledger, aMessage());
    await server.kill();
    // As a worker does each second: what it knows by itself is no answer of the server.
    for (const _ of [1, 2]) {
      await ledger.history();
      await expect(ledger.stats()).rejects.toThrow(LedgerUnavailableError);
    }
    await server.start();

    await eventually(() => ledger.share(1), 10_000);
    await processEvent(ledger, aMessage());
    expect((await ledger.stats()).events.handled).toBe(2);
    const twice = ["ledger.engine_lost", "ledger.engine_back", "ledger.engine_lost", "ledger.engine_back"];
    expect(log.facts().filter((fact) => fact.startsWith("ledger.engine"))).toEqual(twice);
    await ledger.close();
  });

  test("is waited for while a standby answers in its place: what that one tells may be old", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await ledger.share(1);
    const message = aMessage();
    await processEvent(ledger, message);
    await server.startAsStandby();

    await eventually(() => expect(ledger.admit([message])).rejects.toThrow(/recovery/), 10_000);

    await server.query("select pg_promote()");
    await eventually(() => ledger.share(1), 10_000);
    expect(await ledger.admit([message])).toEqual([{ kind: "duplicate" }]);
    await ledger.close();
  });
});

test.skipIf(!isThere)("a database that cannot hold every text is refused in one sentence", async () => {
  await using server = await PostgresServer.start();
  await server.query("create database old encoding 'LATIN1' template template0");
  await server.query("create database plain encoding 'SQL_ASCII' template template0");
  const urlOf = (database: string): string => server.url.replace(/postgres$/, database);

  await expect(openPostgresLedger(urlOf("old"))).rejects.toThrow(
    /^HOOKWELL_LEDGER .*cannot hold every text: create one with the encoding UTF8/,
  );

  const ledger = await openPostgresLedger(urlOf("plain"));
  await ledger.share(1);
  const message = aMessage({ name: "message.\u{1f600}" });
  await processEvent(ledger, message, dead("→ no answer"));
  expect(await ledger.get(message.eventId)).toMatchObject({ name: message.name, error: "→ no answer" });
  await ledger.close();
});
