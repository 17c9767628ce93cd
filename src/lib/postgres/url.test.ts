import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { settingsOf } from "./url.ts";

const read = (url: string): ReturnType<typeof settingsOf> => settingsOf(url, "HOOKWELL_LEDGER (--ledger)");

test("each host has a port of its own, IPv6 stands in brackets, and a folder of sockets is written as libpq does", () => {
  const { hosts } = read(
    "postgres://me@one:5433,[fd00::2],%2Fvar%2Frun%2Fpostgresql:5434/db?sslmode=require",
  );

  expect(hosts).toEqual([
    { host: "one", port: 5433 },
    { host: "fd00::2", port: 5432 },
    // As with libpq, there is no TLS.
    { host: "/var/run/postgresql", port: 5434, ssl: false },
  ]);
  expect(() => read("postgres://one%/db")).toThrow(/^HOOKWELL_LEDGER .* host with a % /);
  expect(() => read("postgres://me@/run/postgresql/db")).toThrow(
    /^HOOKWELL_LEDGER .* with a \/ in it; .*%2Frun/,
  );
  expect(read("postgres://me@one/a%2Fb").config.database).toBe("a/b");
});

test("the login is that of the URL, and where it names no database, that of the user", () => {
  const { user, password, database } = read("postgres://me:p%40ss@one").config;

  expect({ user, password: (password as () => string)(), database }).toEqual({
    user: "me",
    password: "p@ss",
    database: "me",
  });
  expect(read("postgres://one/db").config).toMatchObject({
    user: "postgres",
    password: undefined,
    database: "db",
  });
});

test("certificates that nobody would look at are a mistake: else the line is open, and seems to be checked", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "ca.pem");
  await writeFile(file, "a certificate");

  for (const mode of ["", "&sslmode=disable"])
    expect(() => read(`postgres://one/db?sslrootcert=${file}${mode}`)).toThrow(
      /^HOOKWELL_LEDGER .* has \?sslrootcert=, but speaks no TLS: add sslmode=verify-full, /,
    );
  expect(() => read(`postgres://one/db?sslcert=${file}`)).toThrow(/has \?sslcert=, but speaks no TLS/);
});

test("who names the authorities to trust has the certificate checked, with sslmode=require as well", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "ca.pem");
  await writeFile(file, "a certificate");
  const ssl = (keys: string): unknown => read(`postgres://one/db?${keys}`).config.ssl;

  expect(ssl("sslmode=require")).toMatchObject({ rejectUnauthorized: false });
  expect(ssl(`sslmode=require&sslrootcert=${file}`)).toEqual(ssl(`sslmode=verify-ca&sslrootcert=${file}`));
  expect(ssl(`sslmode=require&sslrootcert=${file}`)).toMatchObject({ rejectUnauthorized: true });
});

test("the name in the certificate has to be that of the host with sslmode=verify-full, and with no other", () => {
  const ssl = (mode: string): unknown => read(`postgres://one/db?sslmode=${mode}`).config.ssl;

  expect(ssl("verify-full")).toMatchObject({ rejectUnauthorized: true });
  expect(ssl("verify-full")).not.toHaveProperty("checkServerIdentity");
  expect(ssl("verify-ca")).toHaveProperty("checkServerIdentity");
});
