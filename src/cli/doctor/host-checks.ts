import { isPostgres } from "../../lib/engines/engine-url.ts";
import type { Part } from "../../lib/engines/part.ts";
import { unusableHosts } from "../../lib/postgres/look-at-hosts.ts";
import { type Check, warn } from "./check.ts";
import { whyOfHost } from "./why-away.ts";

/** Of several hosts of PostgreSQL, those that could not take over: otherwise only a failover would show it. */
export async function hostChecks(topic: string, part: Part, url: string): Promise<readonly Check[]> {
  if (!isPostgres(url)) return [];
  const failures = await unusableHosts(url, part);
  return failures.map(({ host, error }) => {
    const { reason, cure } = whyOfHost(error, url);
    return warn(topic, `${host} could not take over: ${reason}.`, cure);
  });
}
