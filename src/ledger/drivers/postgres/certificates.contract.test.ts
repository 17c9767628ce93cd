import { chmod, chown, rename } from "node:fs/promises";
import { expect, test } from "vitest";
import { CertificateAuthority } from "../../../../test/support/network/authority.ts";
import { answers } from "../../../../test/support/servers/engines.ts";
import { PostgresServer, serverUser } from "../../../../test/support/servers/postgres-server.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { openPostgresLedger } from "./ledger.ts";

test.skipIf(!(await answers("postgres")))(
  "a certificate that cannot be read when the first handler asks for a transaction fails that one, and no other",
  { timeout: 60_000 },
  async () => {
    await using folder = await tempFolder();
    await chmod(folder.path, 0o755);
    const authority = await CertificateAuthority.in(folder.path);
    const { cert, key } = await authority.certify("server");
    const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = serverUser();
    await chown(key, uid, gid);
    await chmod(key, 0o600);
    await using server = await PostgresServer.start("ssl=on", `ssl_cert_file=${cert}`, `ssl_key_file=${key}`);
    const ledger = await openPostgresLedger(
      `postgres://postgres@localhost:${server.port}/postgres?sslmode=verify-full&sslrootcert=${authority.cert}`,
    );

    await rename(authority.cert, `${authority.cert}.new`);
    await expect(ledger.transaction(5_000)).rejects.toThrow("sslrootcert");
    await rename(`${authority.cert}.new`, authority.cert);

    const { rollback } = await ledger.transaction(5_000);
    await rollback();
    await ledger.close();
  },
);
