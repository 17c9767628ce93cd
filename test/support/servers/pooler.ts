import { spawn, spawnSync } from "node:child_process";
import { chmod, chown } from "node:fs/promises";
import { Client } from "pg";
import { eventually } from "../../../src/testing/eventually.ts";
import { endChild } from "./end-child.ts";
import { freePort } from "../network/free-port.ts";
import { type PostgresServer, serverUser } from "./postgres-server.ts";
import { tempFolder } from "../temp-folder.ts";

// Debian puts them where only root looks.
const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` };

/**
 * True if the program is there. Without it its tests are skipped; but in CI it is always true, so there they fail.
 * `scripts/engines.sh` installs what is missing.
 */
export const hasPooler = (program: "pgbouncer" | "pgpool"): boolean =>
  process.env["CI"] === "true" || spawnSync(program, ["--version"], { env, stdio: "ignore" }).status === 0;

/** What stands before a server. */
export interface Pooler extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts a pooler before a server, and waits until it lets clients in.
 *
 * @param argsIn writes its settings into this folder, for this port, and returns the program's arguments
 */
export async function startPooler(
  program: "pgbouncer" | "pgpool",
  server: PostgresServer,
  argsIn: (folder: string, port: string) => Promise<readonly string[]>,
): Promise<Pooler> {
  const folder = await tempFolder();
  const port = await freePort();
  const args = await argsIn(folder.path, port);
  const { uid, gid } = serverUser();
  if (uid !== undefined && gid !== undefined) await chown(folder.path, uid, gid);
  await chmod(folder.path, 0o755);
  const child = spawn(program, args, { ...serverUser(), env, stdio: "ignore" });
  const url = server.url.replace(`:${server.port}/`, `:${port}/`);
  await eventually(() => assertOpen(url), 20_000);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      await endChild(child, program === "pgpool" ? "SIGINT" : "SIGKILL");
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function assertOpen(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end();
  }
}
