import { chmod, chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { amqpServer } from "../../../test/support/servers/amqp-server.ts";
import { CertificateAuthority } from "../../../test/support/network/authority.ts";
import type { CertificateFiles } from "../../../test/support/network/certificate.ts";
import { answers, type TestedEngine } from "../../../test/support/servers/engines.ts";
import { freePort } from "../../../test/support/network/free-port.ts";
import { NatsServer } from "../../../test/support/servers/nats-server.ts";
import { PostgresServer, serverUser } from "../../../test/support/servers/postgres-server.ts";
import { RedisServer } from "../../../test/support/servers/redis-server.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { aMessage } from "../../testing/builders.ts";
import { eventually } from "../../testing/eventually.ts";
import { openQueue } from "../open-queue.ts";
import type { Queue } from "../queue.ts";

/** A server that only lets those in whom the authority has certified. */
interface Guarded extends AsyncDisposable {
  /** Trusts the server and shows no certificate of its own. */
  readonly url: string;
  /** Reads its certificates anew. */
  restart(): Promise<void>;
}

const guarded = (
  server: AsyncDisposable & { stop(): Promise<unknown> },
  url: string,
  start: () => Promise<unknown>,
): Guarded => ({
  url,
  restart: async () => {
    await server.stop();
    await start();
  },
  [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
});

type Start = (authority: CertificateAuthority, server: CertificateFiles) => Promise<Guarded>;

const starts: Record<string, Start> = {
  async amqp({ cert }) {
    const server = await amqpServer({ authority: cert });
    return guarded(server, server.tlsUrl, () => server.start());
  },
  async redis(authority, { cert, key }) {
    const port = await freePort();
    const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", authority.cert];
    const server = await RedisServer.start("--tls-port", port, ...files);
    return guarded(server, `rediss://localhost:${port}?cacertfile=${authority.cert}`, () => server.start());
  },
  async nats(authority, { cert, key }) {
    const files = `cert_file: "${cert}", key_file: "${key}", ca_file: "${authority.cert}"`;
    const server = await NatsServer.start(`max_payload: 8MB\njetstream {}\ntls { ${files}, verify: true }`);
    return guarded(server, `tls://localhost:${server.port}?cacertfile=${authority.cert}`, () =>
      server.start(),
    );
  },
  async postgres(authority, { cert, key }) {
    await ownedByServer(cert, key, authority.cert);
    const rules = join(cert, "..", "pg_hba.conf");
    await writeFile(rules, "host all postgres 127.0.0.1/32 trust\nhostssl all worker 127.0.0.1/32 cert\n");
    const files = [`ssl_cert_file=${cert}`, `ssl_key_file=${key}`, `ssl_ca_file=${authority.cert}`];
    const settings = ["ssl=on", ...files, `hba_file=${rules}`];
    const server = await PostgresServer.start(...settings);
    await server.query("create role worker login superuser");
    const trusts = `sslmode=verify-full&sslrootcert=${authority.cert}`;
    return guarded(server, `postgres://worker@localhost:${server.port}/postgres?${trusts}`, async () => {
      await ownedByServer(cert, key, authority.cert);
      await server.start(...settings);
    });
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

/** The URL of a server for somebody who shows these files. */
function urlFor({ url }: Guarded, { cert, key }: CertificateFiles): string {
  const [certKey, keyKey] = certificateKeys(url);
  return `${url}&${certKey}=${cert}&${keyKey}=${key}`;
}

const certificateKeys = (url: string): readonly [cert: string, key: string] =>
  url.startsWith("postgres:") ? ["sslcert", "sslkey"] : ["certfile", "keyfile"];

for (const [scheme, start] of Object.entries(starts)) {
  const isThere = await answers(scheme as TestedEngine);

  test.skipIf(!isThere)(
    `${scheme}: who must show a certificate is told so, and let in with one`,
    { timeout: 60_000 },
    async () => {
      await using folder = await tempFolder();
      await chmod(folder.path, 0o755);
      const authority = await CertificateAuthority.in(folder.path);
      await using server = await start(authority, await authority.certify("server"));
      const open = (url: string): Promise<Queue> => openQueue(url, folder.path, options);
      await using foreign = await tempFolder();
      const stranger = await (await CertificateAuthority.in(foreign.path)).certify("worker");

      const [cert, key] = certificateKeys(server.url);
      const cure = new RegExp(`^HOOKWELL_QUEUE .* a client certificate, .* with .*${cert}.*${key}`);
      await expect(open(server.url)).rejects.toThrow(cure);
      await expect(open(urlFor(server, stranger))).rejects.toThrow(cure);

      const queue = await open(urlFor(server, await authority.certify("worker")));
      await queue.put([aMessage()]);
      expect((await queue.depth()).messages).toBe(1);
      await queue.close();
    },
  );

  test.skipIf(!isThere)(
    `${scheme}: certificates that were renewed in their files are used without a restart`,
    { timeout: 120_000 },
    async () => {
      await using folder = await tempFolder();
      await chmod(folder.path, 0o755);
      const authority = await CertificateAuthority.in(folder.path);
      await using server = await start(authority, await authority.certify("server"));
      const url = urlFor(server, await authority.certify("worker"));
      const queue = await openQueue(url, folder.path, options);
      await queue.put([aMessage()]);

      // In the same places.
      const next = await CertificateAuthority.in(folder.path);
      for (const name of ["server", "worker"]) await next.certify(name);
      await server.restart();

      await eventually(() => queue.put([aMessage()]), 30_000);
      await eventually(async () => expect((await queue.depth()).messages).toBe(2), 20_000);
      await queue.close();
    },
  );
}
