import type { EngineReport } from "./engine-report.ts";
import type { Postgres } from "./postgres.ts";

/** What the server keeps through which trouble, as its settings say. */
export async function postgresReport({ pool }: Pick<Postgres, "pool">): Promise<EngineReport> {
  const { rows } = await pool.query<Record<"version" | "commit" | "fsync" | "pages" | "standbys", string>>(
    `select current_setting('server_version') as version, current_setting('synchronous_commit') as commit,
       current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
       current_setting('synchronous_standby_names') as standbys`,
  );
  const { version = "", commit = "on", fsync = "on", pages = "on", standbys = "" } = rows[0] ?? {};
  const warnings: string[] = [];
  if (fsync === "off") warnings.push("fsync is off: a power cut can lose events and damage the database.");
  if (pages === "off") warnings.push("full_page_writes is off: a power cut can damage the database.");
  if (commit === "off") {
    warnings.push("synchronous_commit is off: a crash of the server loses what was accepted just before.");
  }
  const isReplicated = standbys !== "" && commit !== "local" && commit !== "off";
  const durability = isReplicated
    ? "Each commit is on the disks of the server and of its synchronous standbys: survives the loss of one of them."
    : "Each commit is on the disk of the server: survives a crash and a power cut, not the loss of the disk.";
  return { engine: `PostgreSQL ${version.split(" ")[0] ?? ""}`, durability, warnings };
}
