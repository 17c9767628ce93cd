import { PostgresPair } from "../../test/support/servers/postgres-pair.ts";
import type { LedgerServer } from "./server.ts";
import { replicated, type Member } from "./replicated.ts";

/** A PostgreSQL whose synchronous standby takes over; then another is made. */
export async function replicatedPostgres(): Promise<LedgerServer> {
  const pair = await PostgresPair.start();
  const lose = (trouble: "kill" | "stop" | "pause") => async (): Promise<void> => {
    await pair.primary[trouble]();
    await pair.failOver();
  };
  const primary: Member = {
    kill: lose("kill"),
    stop: lose("stop"),
    pause: lose("pause"),
    start: () => pair.renewStandby(),
    resume: () => pair.renewStandby(),
  };
  const server = replicated({
    url: pair.url,
    next: () => primary,
    whole: () => Promise.resolve(),
    servers: pair,
  });
  return { ...server, query: (sql) => pair.query(sql) };
}
