import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../network/free-port.ts";
import { type Pooler, startPooler } from "./pooler.ts";
import type { PostgresServer } from "./postgres-server.ts";

/**
 * Pgpool-II before a server and its standby, set up as it comes: what only reads may go to either of them.
 *
 * @param more settings, such as `load_balance_mode = off`
 */
export function pgpool(
  primary: PostgresServer,
  standby: PostgresServer,
  ...more: readonly string[]
): Promise<Pooler> {
  return startPooler("pgpool", primary, async (folder, port) => {
    const settings = join(folder, "pgpool.conf");
    const lines = [
      "backend_clustering_mode = 'streaming_replication'",
      "listen_addresses = '127.0.0.1'",
      `port = ${port}`,
      `pcp_port = ${await freePort()}`,
      `unix_socket_directories = '${folder}'`,
      `pcp_socket_dir = '${folder}'`,
      `pid_file_name = '${join(folder, "pgpool.pid")}'`,
      `work_dir = '${folder}'`,
      "sr_check_user = 'postgres'",
      ...[primary, standby].flatMap((server, index) => [
        `backend_hostname${index} = '127.0.0.1'`,
        `backend_port${index} = ${server.port}`,
        `backend_weight${index} = 1`,
      ]),
      ...more,
    ];
    await writeFile(settings, `${lines.join("\n")}\n`);
    return ["-n", "-f", settings];
  });
}
