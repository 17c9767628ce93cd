import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { refusalOf } from "./refusal.ts";

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });
const says = (error: unknown): string | undefined =>
  refusalOf(error, { part: "queue", shown: "postgres://db", schema: '"hookwell"' })?.message;

/** A server that says this to whoever comes. */
async function greeting(words: Uint8Array): Promise<AsyncDisposable & { readonly at: string }> {
  const server = createServer((socket) => socket.on("error", () => undefined).write(words));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { at, [Symbol.asyncDispose]: async () => void server.close() };
}

test("trouble with TLS is a person's to end; that a host is away is not, whatever its name is", () => {
  expect(says(new Error("The server does not support SSL connections"))).toContain("see sslmode");
  expect(says(failure("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"))).toContain("see sslmode");
  expect(says(failure("EPROTO", "error:0A00010B:SSL routines::wrong version number"))).toContain(
    "see sslmode",
  );
  expect(says(failure("ERR_TLS_CERT_ALTNAME_INVALID", "the names differ"))).toContain("see sslmode");
  expect(says(failure("ENOTFOUND", "ssl-db-1:5432: getaddrinfo ENOTFOUND ssl-db-1"))).toBeUndefined();
});

test("a server that lets nobody in by pg_hba.conf is told as that, in whatever language it says so", () => {
  const ofHost = "Host »10.0.0.7«, Benutzer »hookwell«, Datenbank »hookwell«";
  const words = [
    `kein pg_hba.conf-Eintrag für ${ofHost}, keine Verschlüsselung`,
    `pg_hba.conf lehnt Verbindung ab für ${ofHost}, keine Verschlüsselung`,
  ];

  for (const each of words) {
    expect(says(failure("28000", each))).toMatch(/from here: let it in by pg_hba[.]conf, with .*sslmode/);
  }
  expect(says(failure("28000", "Rolle »hookwell« existiert nicht"))).toContain("set user and password");
});

test("that rows would be hidden is told as that, though the code is that of lacking rights", () => {
  const policy = 'query would be affected by row-level security policy for table "event"';

  expect(says(failure("42501", policy))).toMatch(/row-level security would hide rows/);
});

test("a schema that was renamed is told as that, and not to be dropped", () => {
  const gone = failure("42P01", 'relation "before.message_total" does not exist');
  const saysOf = (schema: string) => refusalOf(gone, { part: "queue", shown: "x", schema })?.message;

  expect(saysOf('"now"')).toMatch(/was renamed: .* name before again/);
  expect(saysOf('"before"')).toContain("tables are gone");
});

test("a port where something else answers is told as that", async () => {
  await using mariaDb = await greeting(Buffer.from("i\0\0\0\n11.8.6-MariaDB\0"));

  await expect(openPostgresQueue(`postgres://${mariaDb.at}/db`, { leaseMs: 30_000 })).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("something other than PostgreSQL answers there: correct host and port"),
  });
});

test("who may not use a schema that is another's is told both cures", () => {
  expect(says(failure("42501", "permission denied for schema hookwell"))).toMatch(
    /grant it CREATE on the database, or make it the owner of the schema if there is one; a receiver needs less/,
  );
});
