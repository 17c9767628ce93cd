import { addressOf } from "../engines/engine-host.ts";
import { type Part, settingOf } from "../engines/part.ts";
import { codeOf } from "../error-code.ts";
import { isError } from "../is-error.ts";
import { assertFit } from "./fit.ts";
import { type Host, type HostFailure } from "./hosts.ts";
import { isCrowded } from "./is-crowded.ts";
import { openPostgres } from "./postgres.ts";
import { settingsOf } from "./url.ts";

/** The server is starting, is a standby that answers no query, or has no free connection: that passes. */
const isPassing = (error: unknown): boolean =>
  codeOf(error) === "57P03" || isSerializableStandby(error) || isCrowded(error);

/**
 * A standby runs no query if the default isolation of the user is serializable. The code stands for much else that a
 * server lacks, and the message may be in any language; so this looks at the routine in the server that refuses.
 */
const isSerializableStandby = (error: unknown): boolean =>
  isError(error) && "routine" in error && error.routine === "GetSerializableTransactionSnapshot";

/**
 * Which of several hosts could not be used if they took writes: a host is away, refuses us, or has a pooler in front
 * that does not suit us. Otherwise only a failover would show it.
 */
export async function unusableHosts(url: string, part: Part): Promise<readonly HostFailure[]> {
  const { hosts } = settingsOf(url, settingOf(part));
  if (hosts.length === 1) return [];
  const failures = await Promise.all(hosts.map((host) => failureOf(url, part, host)));
  return failures.flatMap((failure) => failure ?? []);
}

async function failureOf(url: string, part: Part, host: Host): Promise<HostFailure | undefined> {
  const db = await openPostgres(url, { part, connections: 1, only: host });
  try {
    await assertFit(db);
    return undefined;
  } catch (error) {
    return isPassing(error) ? undefined : { host: addressOf(host), error };
  } finally {
    await db.end();
  }
}
