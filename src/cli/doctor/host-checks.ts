import { type Part, settingOf } from "../../lib/part.ts";
import { unusableHosts } from "../../lib/postgres/look-at-hosts.ts";
import { wordOf } from "../../lib/postgres/refusal.ts";
import { type Check, warn } from "./check.ts";
import { whyAway } from "./why-away.ts";

/** Of several hosts of PostgreSQL, those that could not take over: else a failover would be the first to tell. */
export async function hostChecks(topic: string, part: Part, url: string): Promise<readonly Check[]> {
  if (!/^postgres(ql)?:/i.test(url)) return [];
  const failures = await unusableHosts(url, settingOf(part));
  return failures.map(({ host, error }) => {
    const word = wordOf(error);
    if (word !== undefined) return warn(topic, `${host} could not take over.`, capital(`${word}.`));
    const { reason, cure } = whyAway(error, url);
    return warn(topic, `${host} could not take over: ${reason}.`, cure);
  });
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
