import { spawn, spawnSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { eventually } from "../../../src/testing/eventually.ts";
import { endChild } from "./end-child.ts";
import { freePort } from "../network/free-port.ts";
import { type PostgresServer, serverUser } from "./postgres-server.ts";
import { tempFolder } from "../temp-folder.ts";

// Debian puts it where only root looks.
const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` };

/**
 * True if the program is there. Without it its tests are skipped; but in CI it is always true, so there they fail.
 * `scripts/engines.sh` installs what is missing.
 */
export const hasPgbouncer = (): boolean =>
  process.env["CI"] === "true" ||
  spawnSync("pgbouncer", ["--version"], { env, stdio: "ignore" }).status === 0;

export interface Pgbouncer extends AsyncDisposable {
  readonly url: string;
}

/**
 * A pooler before a server, set up as it comes but for its mode.
 *
 * @param more settings, such as `server_round_robin = 1`
 */
export async function pgbouncer(
  server: PostgresServer,
  mode: "session" | "transaction" | "statement",
  ...more: readonly string[]
): Promise<Pgbouncer> {
  const folder = await tempFolder();
  const port = await freePort();
  const settings = join(folder.path, "pgbouncer.ini");
  await writeFile(
    settings,
    `[databases]\n* = host=127.0.0.1 port=${server.port} user=postgres\n` +
      `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\n` +
      `auth_type = any\npool_mode = ${mode}\n${more.join("\n")}\n`,
  );
  await chmod(folder.path, 0o755);
  const child = spawn("pgbouncer", [settings], { ...serverUser(), env, stdio: "ignore" });
  const url = server.url.replace(`:${server.port}/`, `:${port}/`);
  await eventually(async () => {
    const client = new Client({ connectionString: url });
    client.on("error", () => undefined);
    try {
      await client.connect();
    } finally {
      await client.end();
    }
  }, 10_000);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      await endChild(child, "SIGKILL");
      await folder[Symbol.asyncDispose]();
    },
  };
}
