import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Pooler, startPooler } from "./pooler.ts";
import type { PostgresServer } from "./postgres-server.ts";

/**
 * PgBouncer before a server, set up as it comes but for its mode.
 *
 * @param more settings, such as `server_round_robin = 1`
 */
export function pgbouncer(
  server: PostgresServer,
  mode: "session" | "transaction" | "statement",
  ...more: readonly string[]
): Promise<Pooler> {
  return startPooler("pgbouncer", server, async (folder, port) => {
    const settings = join(folder, "pgbouncer.ini");
    await writeFile(
      settings,
      `[databases]\n* = host=127.0.0.1 port=${server.port} user=postgres\n` +
        `[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\n` +
        `auth_type = any\npool_mode = ${mode}\n${more.join("\n")}\n`,
    );
    return [settings];
  });
}
