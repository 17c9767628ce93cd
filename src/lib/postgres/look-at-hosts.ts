import { codeOf } from "../error-code.ts";
import { assertFit } from "./fit.ts";
import { type Host, type HostFailure, nameOf } from "./hosts.ts";
import { isCrowded } from "./is-crowded.ts";
import { openPostgres } from "./postgres.ts";
import { settingsOf } from "./url.ts";

/**
 * The server is starting, is a standby that lets nobody read, or cannot give the isolation that is the default for this
 * user while it is a standby, or has no free connection: that passes.
 */
const isPassing = (error: unknown): boolean =>
  ["57P03", "0A000"].includes(codeOf(error) ?? "") || isCrowded(error);

/**
 * Which of several hosts could not be used if they took writes: a host is away, refuses us, or has a pooler in front
 * that does not suit us. Otherwise only a failover would show it.
 */
export async function unusableHosts(url: string, setting: string): Promise<readonly HostFailure[]> {
  const { hosts } = settingsOf(url, setting);
  if (hosts.length === 1) return [];
  const failures = await Promise.all(hosts.map((host) => failureOf(url, setting, host)));
  return failures.flatMap((failure) => failure ?? []);
}

async function failureOf(url: string, setting: string, host: Host): Promise<HostFailure | undefined> {
  const db = await openPostgres(url, { setting, connections: 1, only: host });
  try {
    await assertFit(db);
    return undefined;
  } catch (error) {
    return isPassing(error) ? undefined : { host: nameOf(host), error };
  } finally {
    await db.end();
  }
}
