import { ConfigError } from "../../errors.ts";
import { codeOf } from "../error-code.ts";
import { CommitsWaitError } from "./standby-wait.ts";
import { settingOf } from "../engines/part.ts";
import type { Postgres } from "./postgres.ts";
import { noSessions } from "./fit.ts";
import { NoHostError } from "./hosts.ts";
import { isOutOfDate, wantsCertificate } from "../engines/tls-alert.ts";
import { isError } from "../is-error.ts";
import { UnfitError } from "./unfit-error.ts";

/** What to do if tables are gone. A start creates none as long as one is left that says that all were made. */
export const noTables =
  "tables are gone: restore them from a backup; or stop all receivers and workers, drop the schema with whatever is left in it, and start them again, which creates empty ones";

/** Codes with which a server says that waiting will not help. */
const refusals: Readonly<Record<string, string>> = {
  "28000": "the server refuses this user: set user and password in the URL",
  "28P01": "the server refuses the password: correct it in the URL, or in the file of its ?passwordfile=",
  "3D000": "there is no such database: create it, or name another one in the URL",
  "3F000": noTables,
  "42P01": noTables,
  "42P07":
    "its schema has a table of something else: name another schema with ?schema=; or wait, if a backup is being restored into it",
  "22P05": "this database cannot hold every text: create one with the encoding UTF8, and name it in the URL",
  "42501":
    "this user may not create or use the tables: grant it CREATE on the database, or make it the owner of the schema if there is one; a receiver needs less once a worker has made them, as docs/engines/postgres.md says",
};

/** True if tables are not as we made them, perhaps only until a backup is restored. */
export const mayBeRestored = (error: unknown): boolean =>
  ["3F000", "42P01", "42P07"].includes(codeOf(error) ?? "");

/** If the server refuses us for good, the error that says so; else undefined. */
export function refusalOf(
  error: unknown,
  { part, shown, schema }: Pick<Postgres, "part" | "shown" | "schema">,
): ConfigError | undefined {
  const says = wordOfRenamed(error, schema) ?? wordOf(error);
  return says === undefined
    ? undefined
    : new ConfigError([`${settingOf(part)} is ${shown}, but ${says}.`], { cause: error });
}

/** Triggers contain the name that the schema had when the tables were made, so they miss tables that are there. */
function wordOfRenamed(error: unknown, schema: string): string | undefined {
  if (!isError(error) || codeOf(error) !== "42P01") return undefined;
  const before = /"(.+)\.(?:message|event)_total"/.exec(error.message)?.[1];
  if (before === undefined || before === schema.replaceAll('"', "")) return undefined;
  return `its schema was renamed: give it the name ${before} again`;
}

/** What a person must change, as the end of a sentence; undefined if waiting may help. */
export function wordOf(error: unknown): string | undefined {
  if (error instanceof UnfitError || error instanceof CommitsWaitError) return error.message;
  if (error instanceof NoHostError) return wordOfHosts(error);
  return isError(error) && !isOutOfDate(error) ? reasonOf(codeOf(error) ?? "", error.message) : undefined;
}

/** Only if none of the hosts may be back soon: else a process that starts meanwhile would end for good. */
function wordOfHosts({ failures }: NoHostError): string | undefined {
  const hosts = new Map<string, readonly string[]>();
  for (const { host, error } of failures) {
    const word = wordOf(error);
    if (word === undefined) return undefined;
    hosts.set(word, [...(hosts.get(word) ?? []), host]);
  }
  return [...hosts].map(([word, of]) => `${word} (${of.join(", ")})`).join("; ");
}

function reasonOf(code: string, message: string): string | undefined {
  if (/no pg_hba\.conf entry.*no encryption/.test(message)) {
    return "the server does not let this user in without TLS: add ?sslmode=require, or let it in by pg_hba.conf";
  }
  if (/no pg_hba\.conf entry|pg_hba\.conf rejects/.test(message)) {
    return "the server does not let this user in from here: let it in by pg_hba.conf";
  }
  // In another language than English only the name of the file is the same.
  if (code === "28000" && message.includes("pg_hba.conf")) {
    return "the server does not let this user in from here: let it in by pg_hba.conf, with TLS by ?sslmode=require";
  }
  if (wantsCertificate(code) || /client certificate|certificate authentication failed/.test(message)) {
    return "the server wants a client certificate, issued for this user by an authority that it trusts: name it with sslcert and sslkey";
  }
  if (/statement pooling mode/.test(message)) return noSessions;
  if (message.includes("row-level security")) {
    return "row-level security would hide rows of its tables from this user: disable it for them";
  }
  if (/received invalid response/.test(message))
    return "something other than PostgreSQL answers there: correct host and port; 5432 is usual";
  // This one is thrown by the client itself, so it has no code.
  if (/client password must be/.test(message))
    return "the server asks for a password: set user and password in the URL";
  const known = refusals[code];
  const isTls = /\bSSL (?:routines|connection|alert)|ERR_(?:SSL|TLS)|certificate|self.signed/i.test(
    `${code} ${message}`,
  );
  return known ?? (isTls ? `TLS fails (${message}): see sslmode and sslrootcert` : undefined);
}
