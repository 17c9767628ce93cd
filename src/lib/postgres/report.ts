import type { EngineReport } from "../engines/engine-report.ts";
import { span } from "../times.ts";
import { connectionWarnings, type Limit } from "./connection-limit.ts";
import { longWaitMs, standbyWaitMs } from "./standby-wait.ts";
import { lockWarnings } from "./locked-tables.ts";
import type { Postgres } from "./postgres.ts";
import { rowSecurityWarnings } from "./row-security.ts";
import { lookAtSessions } from "./sessions.ts";

/** A transaction that is open for longer than this, in ms, is reported. */
const longMs = 10 * 60 * 1_000;

/** Characters that need several packets on the way. */
const largeLength = 16_384;

interface Facts extends Record<"version" | "commit" | "fsync" | "pages" | "standbys" | "reads", string> {
  /** For how long the oldest transaction has kept the server from clearing away, in ms; 0 if there is none. */
  readonly open: number;
}

export interface ReportOptions {
  /** Limits that count the connections of queue and ledger together. */
  readonly shared?: readonly Limit[];
  /** How long a transaction may be open before it is reported. */
  readonly patienceMs?: number;
}

/** What the server keeps through which trouble, as its settings say. */
export async function postgresReport(
  db: Postgres,
  { shared = [], patienceMs = longMs }: ReportOptions = {},
): Promise<EngineReport> {
  await answersAtLength(db);
  const waitMs = await standbyWaitMs(db);
  const facts = await factsOf(db);
  const locks = await lockWarnings(db);
  const hidden = await rowSecurityWarnings(db);
  const crowding = await connectionWarnings(db, shared);
  return {
    engine: `PostgreSQL ${facts.version.split(" ")[0] ?? ""}`,
    durability: durabilityOf(facts),
    warnings: [
      ...refusalsOf(facts, waitMs),
      ...locks,
      ...hidden,
      ...risksOf(facts),
      ...crowding,
      ...delaysOf(facts, patienceMs),
    ],
  };
}

/** Where large packets get lost on the way, all that is small is answered, and no list of events arrives. */
async function answersAtLength({ pool }: Postgres): Promise<void> {
  await pool.query("select $1::text as large", ["x".repeat(largeLength)]);
}

async function factsOf({ pool }: Postgres): Promise<Facts> {
  const looks = await lookAtSessions<Facts>(
    pool,
    `select coalesce((select extract(epoch from clock_timestamp() - min(since)) * 1000 from (
         select xact_start as since from pg_stat_activity
           where datname = current_database() and backend_type = 'client backend'
             and pid <> pg_backend_pid() and (backend_xid is not null or backend_xmin is not null)
         union all select prepared from pg_prepared_xacts where database = current_database()
       ) transactions), 0)::float8 as open,
       current_setting('server_version') as version, current_setting('synchronous_commit') as commit,
       current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
       current_setting('synchronous_standby_names') as standbys,
       current_setting('default_transaction_read_only') as reads`,
  );
  const [facts] = looks;
  if (facts === undefined) throw new Error("The server says nothing of itself.");
  return { ...facts, open: Math.max(...looks.map(({ open }) => open)) };
}

function durabilityOf({ standbys, commit, fsync }: Facts): string {
  if (commit === "off")
    return "Each commit is on the disk of the server some moments later: a crash loses the newest.";
  if (fsync === "off")
    return "Not flushed to the disk of the server: survives a crash of its program, not a power cut.";
  if (standbys !== "" && commit === "remote_write")
    return "Each commit is on the disk of the server and in the memory of its synchronous standbys: survives the loss of one of them, if the others keep their power.";
  if (standbys !== "" && commit !== "local")
    return "Each commit is on the disks of the server and of its synchronous standbys: survives the loss of one of them.";
  return "Each commit is on the disk of the server: survives a crash and a power cut, not the loss of the disk.";
}

const when = (isSo: boolean, warning: string): readonly string[] => (isSo ? [warning] : []);

/** Why nothing can be stored now. */
const refusalsOf = ({ reads }: Facts, waitMs: number): readonly string[] => [
  ...when(
    reads === "on",
    "default_transaction_read_only is on: nothing can be stored. Set it off; if a full disk has set it, make room.",
  ),
  ...when(
    waitMs > longWaitMs,
    `A commit has waited for a synchronous standby for ${span(waitMs)}: nothing is stored until one is there. Start it, or change synchronous_standby_names.`,
  ),
];

/** Through which trouble events are lost that were stored. */
const risksOf = ({ fsync, pages, commit }: Facts): readonly string[] => [
  ...when(fsync === "off", "fsync is off: a power cut can lose events and damage the database."),
  ...when(pages === "off", "full_page_writes is off: a power cut can damage the database."),
  ...when(
    commit === "off",
    "synchronous_commit is off: a crash of the server loses what was accepted just before.",
  ),
];

/** What makes the server slower by and by. */
const delaysOf = ({ open }: Facts, patienceMs: number): readonly string[] =>
  when(
    open > patienceMs,
    `A transaction has been open for ${Math.floor(open / 60_000)} minutes: until it ends, what was handled cannot be cleared away, and the tables grow.`,
  );
