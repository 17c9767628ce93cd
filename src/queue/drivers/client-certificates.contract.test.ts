import { chmod, chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { amqpServer } from "../../../test/support/amqp-server.ts";
import { CertificateAuthority } from "../../../test/support/authority.ts";
import type { CertificateFiles } from "../../../test/support/certificate.ts";
import { answers, type TestedEngine } from "../../../test/support/engines.ts";
import { freePort } from "../../../test/support/free-port.ts";
import { NatsServer } from "../../../test/support/nats-server.ts";
import { PostgresServer, serverUser } from "../../../test/support/postgres-server.ts";
import { RedisServer } from "../../../test/support/redis-server.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { aMessage } from "../../testing/builders.ts";
import { openQueue } from "../open-queue.ts";
import type { Queue } from "../queue.ts";

/** A server that only lets those in whom the authority has certified. */
interface Guarded extends AsyncDisposable {
  /** Trusts the server and shows no certificate of its own. */
  readonly url: string;
}

type Start = (authority: CertificateAuthority, server: CertificateFiles) => Promise<Guarded>;

const starts: Record<string, Start> = {
  async amqp({ cert }) {
    const server = await amqpServer({ authority: cert });
    return { url: server.tlsUrl, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
  async redis(authority, { cert, key }) {
    const port = await freePort();
    const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", authority.cert];
    const server = await RedisServer.start("--tls-port", port, ...files);
    return {
      url: `rediss://localhost:${port}?cacertfile=${authority.cert}`,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async nats(authority, { cert, key }) {
    const files = `cert_file: "${cert}", key_file: "${key}", ca_file: "${authority.cert}"`;
    const server = await NatsServer.start(`max_payload: 8MB\njetstream {}\ntls { ${files}, verify: true }`);
    return {
      url: `tls://localhost:${server.port}?cacertfile=${authority.cert}`,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async postgres(authority, { cert, key }) {
    await ownedByServer(cert, key, authority.cert);
    const rules = join(cert, "..", "pg_hba.conf");
    await writeFile(rules, "host all postgres 127.0.0.1/32 trust\nhostssl all worker 127.0.0.1/32 cert\n");
    const files = [`ssl_cert_file=${cert}`, `ssl_key_file=${key}`, `ssl_ca_file=${authority.cert}`];
    const server = await PostgresServer.start("ssl=on", ...files, `hba_file=${rules}`);
    await server.query("create role worker login superuser");
    return {
      url: `postgres://worker@localhost:${server.port}/postgres?sslmode=verify-full&sslrootcert=${authority.cert}`,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

/** PostgreSQL wants a key that only its user can read. */
async function ownedByServer(...files: readonly string[]): Promise<void> {
  const { uid, gid } = serverUser();
  for (const file of files) {
    if (uid !== undefined && gid !== undefined) await chown(file, uid, gid);
    await chmod(file, 0o600);
  }
}

const options = { leaseMs: 30_000, highWater: 10 };

for (const [scheme, start] of Object.entries(starts)) {
  test.skipIf(!(await answers(scheme as TestedEngine)))(
    `${scheme}: who must show a certificate is told so, and let in with one`,
    { timeout: 60_000 },
    async () => {
      await using folder = await tempFolder();
      await chmod(folder.path, 0o755);
      const authority = await CertificateAuthority.in(folder.path);
      await using server = await start(authority, await authority.certify("server"));
      const open = (query = ""): Promise<Queue> => openQueue(`${server.url}${query}`, folder.path, options);
      const [cert, key] = scheme === "postgres" ? ["sslcert", "sslkey"] : ["certfile", "keyfile"];
      const as = (files: CertificateFiles): string => `&${cert}=${files.cert}&${key}=${files.key}`;
      await using foreign = await tempFolder();
      const stranger = await (await CertificateAuthority.in(foreign.path)).certify("worker");

      const cure = new RegExp(`^HOOKWELL_QUEUE .* a certificate of .* with .*${cert}.*${key}`);
      await expect(open()).rejects.toThrow(cure);
      await expect(open(as(stranger))).rejects.toThrow(cure);

      const queue = await open(as(await authority.certify("worker")));
      await queue.put([aMessage()]);
      expect((await queue.depth()).messages).toBe(1);
      await queue.close();
    },
  );
}
