import { expect, test } from "vitest";
import type { Postgres } from "./postgres.ts";
import { refusalOf } from "./refusal.ts";

const failure = (code: string, message: string): Error => Object.assign(new Error(message), { code });
const says = (error: unknown): string | undefined =>
  refusalOf(error, { shown: "postgres://db" } as Postgres, "HOOKWELL_QUEUE (--queue)")?.message;

test("trouble with TLS is a person's to end; that a host is away is not, whatever its name is", () => {
  expect(says(new Error("The server does not support SSL connections"))).toContain("see sslmode");
  expect(says(failure("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"))).toContain("see sslmode");
  expect(says(failure("EPROTO", "error:0A00010B:SSL routines::wrong version number"))).toContain(
    "see sslmode",
  );
  expect(says(failure("ERR_TLS_CERT_ALTNAME_INVALID", "the names differ"))).toContain("see sslmode");
  expect(says(failure("ENOTFOUND", "ssl-db-1:5432: getaddrinfo ENOTFOUND ssl-db-1"))).toBeUndefined();
});
