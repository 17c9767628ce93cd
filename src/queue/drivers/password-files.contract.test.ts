import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { amqpServer } from "../../../test/support/servers/amqp-server.ts";
import { answers, type TestedEngine } from "../../../test/support/servers/engines.ts";
import { NatsServer } from "../../../test/support/servers/nats-server.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { RedisServer } from "../../../test/support/servers/redis-server.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { QueueUnavailableError } from "../../errors.ts";
import { aMessage } from "../../testing/builders.ts";
import { eventually } from "../../testing/eventually.ts";
import { openQueue } from "../open-queue.ts";

/** A server that lets in nobody but `worker` by a password. */
interface Guarded extends AsyncDisposable {
  /** Without the password. */
  readonly url: string;
  /** Sets another password, and ends the connections that were made with the one before. */
  change(password: string): Promise<void>;
}

type Start = (password: string) => Promise<Guarded>;

const starts: Record<string, Start> = {
  async amqp(password) {
    const server = await amqpServer();
    await server.control("add_user", "worker", password);
    await server.control("set_permissions", "worker", ".*", ".*", ".*");
    return {
      url: server.url.replace("guest:guest@", "worker@"),
      async change(next) {
        await server.control("change_password", "worker", next);
        await server.control("close_all_user_connections", "worker", "changed");
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async redis(password) {
    const server = await RedisServer.start();
    await server.command("ACL", "SETUSER", "worker", "on", `>${password}`, "~*", "&*", "+@all");
    return {
      url: server.url.replace("//", "//worker@"),
      async change(next) {
        await server.command("ACL", "SETUSER", "worker", "resetpass", `>${next}`);
        await server.command("CLIENT", "KILL", "USER", "worker");
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async nats(password) {
    const withPassword = (text: string): string =>
      `max_payload: 8MB\njetstream {}\nauthorization { user: "worker", password: "${text}" }`;
    const server = await NatsServer.start(withPassword(password));
    return {
      url: server.url.replace("//", "//worker@"),
      async change(next) {
        await server.configure(withPassword(next));
        await server.stop();
        await server.start();
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  async postgres(password) {
    const server = await PostgresServer.start();
    const [found] = await server.query("show hba_file");
    const rules = "host all postgres all trust\nhost all worker all scram-sha-256\n";
    await writeFile(String(found?.["hba_file"]), rules);
    await server.query("select pg_reload_conf()");
    await server.query(`create role worker login superuser password '${password}'`);
    return {
      url: server.url.replace("postgres@", "worker@"),
      async change(next) {
        await server.query(`alter role worker password '${next}'`);
        await server.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'worker'");
      },
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
};

for (const [scheme, start] of Object.entries(starts)) {
  test.skipIf(!(await answers(scheme as TestedEngine)))(
    `${scheme}: a password that was renewed in its file is used without a restart`,
    { timeout: 120_000 },
    async () => {
      await using folder = await tempFolder();
      const file = join(folder.path, "password");
      // What would have to be encoded in a URL.
      await writeFile(file, "one/@:?#%\n");
      await using server = await start("one/@:?#%");
      const queue = await openQueue(`${server.url}?passwordfile=${file}`, folder.path, {
        leaseMs: 30_000,
        highWater: 10,
      });
      await queue.put([aMessage()]);

      await server.change("two");
      await eventually(
        () => expect(queue.put([aMessage()])).rejects.toBeInstanceOf(QueueUnavailableError),
        30_000,
      );
      await writeFile(file, "two\n");

      await eventually(() => queue.put([aMessage()]), 30_000);
      await eventually(async () => expect((await queue.depth()).messages).toBe(2), 20_000);
      await queue.close();
    },
  );
}
