import type { Config } from "../../config/load-config.ts";
import { hasStarted } from "../../config/queue-note.ts";
import { ConfigError, DataVersionError } from "../../errors.ts";
import { parseEngineUrl } from "../../lib/engine-url.ts";
import type { EngineReport } from "../../lib/engine-report.ts";
import { type NotMade, NotMadeError } from "../../lib/not-made.ts";
import { type Part, settingOf } from "../../lib/part.ts";
import { NoHostError } from "../../lib/postgres/hosts.ts";
import { openLedger } from "../../ledger/open-ledger.ts";
import { openQueue } from "../../queue/open-queue.ts";
import type { Queue } from "../../queue/queue.ts";
import { leaseMs } from "../../stores.ts";
import { type Check, fail, failed, warn } from "./check.ts";
import { reportChecks } from "./report-checks.ts";

/** The queue of a worker, to be looked at. Its lease is that of workers, since an engine may compare. */
export const openQueueToLook = ({ queue, data, queueMax }: Config): Promise<Queue> =>
  openQueue(queue, data, { leaseMs, highWater: queueMax, isLook: true });

/**
 * Opens the engine of a part that is a server, from this machine and as a worker would, but makes nothing; and says what
 * it is.
 */
export async function lookAtEngine(part: Part, config: Config): Promise<readonly Check[]> {
  const topic = topicOf(part);
  try {
    return reportChecks(topic, await reportOf(part, config));
  } catch (error) {
    if (error instanceof NotMadeError) return unmadeChecks(error.found, await hasStarted(config));
    if (error instanceof ConfigError) return error.problems.map((says) => ({ level: "fail", topic, says }));
    if (error instanceof DataVersionError) return [failed(topic, error)];
    const { shown } = parseEngineUrl(config[part]);
    const { reason, cure } = whyAway(error, config[part]);
    return [fail(topic, `${shown} (HOOKWELL_${part.toUpperCase()}) cannot be used now: ${reason}.`, cure)];
  }
}

export const topicOf = (part: Part): string => (part === "queue" ? "Queue" : "Ledger");

async function reportOf(part: Part, config: Config): Promise<EngineReport> {
  const engine =
    part === "queue"
      ? await openQueueToLook(config)
      : await openLedger(config.ledger, config.data, { isLook: true });
  try {
    // Some tell what they are before they have seen who asks.
    await ("depth" in engine ? engine.depth() : engine.latestChange());
    return await engine.report();
  } finally {
    await engine.close();
  }
}

/** There is nothing yet to look at, and that is a mistake only if it is there already. */
function unmadeChecks(
  { part, place, check, report, obstacle }: NotMade,
  isStarted: boolean,
): readonly Check[] {
  const topic = topicOf(part);
  if (obstacle !== undefined) return [failed(topic, obstacle)];
  const engine = `${report.engine}, no ${part} ${place} yet, made on the first start`;
  const checks = reportChecks(topic, { ...report, engine });
  if (!isStarted) return checks;
  const cure = `If it should be there, check ${check} in ${settingOf(part)}.`;
  return checks.map((each) => (each.level === "ok" ? warn(topic, each.says, cure) : each));
}

/** Codes of the network, what each says and what to do. */
const troubles: Readonly<Record<string, readonly [reason: string, cure: string]>> = {
  ECONNREFUSED: ["nothing listens there", "Start the server, or correct host and port."],
  ENOTFOUND: ["there is no host of this name", "Correct the name."],
  EAI_AGAIN: ["the name of the host cannot be looked up now", "Is the name server reached?"],
  EHOSTUNREACH: ["there is no way to that host", "Is it up, and in a network that this machine reaches?"],
  ENETUNREACH: ["there is no way to that host", "Is it up, and in a network that this machine reaches?"],
};

/** What the clients say when a server is silent, and when it ends the connection. */
const isSilent = /time-?out|timed out|disconnects client|not answer|no answer/i;
const hangsUp = /unexpected|ECONNRESET|hangs up|undefined error/i;

/** What servers say that answer and cannot be used as they are, and what to do. */
const refusals: readonly (readonly [says: RegExp, cure: string])[] = [
  [/permission denied/, "Give the user of the URL the rights that docs/engines/postgres.md names."],
  [/knows no master/, "Write the name that the sentinels give to the master: ?sentinel=NAME."],
  [/READONLY/, "Name the server that takes writes, too, or the sentinels of Redis with ?sentinel=NAME."],
  [
    /read-only transaction|during recovery/,
    "Name the server that takes writes, too; if it is named, start it, or promote a standby.",
  ],
];

/** How the URL says whether TLS is spoken; on a port of the other kind both sides only wait, or one hangs up. */
const tlsForms: readonly (readonly [scheme: RegExp, withTls: string, without: string])[] = [
  [/^rediss?:/, "rediss://", "redis://"],
  [/^amqps?:/, "amqps://", "amqp://"],
  [/^(nats|tls):/, "tls://", "nats://"],
  [/^postgres(ql)?:/, "?sslmode=require", "?sslmode=disable"],
];

interface Why {
  readonly reason: string;
  readonly cure: string;
}

function whyAway(error: unknown, url: string): Why {
  const chain = causesOf(error);
  const last = chain.at(-1);
  if (last instanceof NoHostError) return whyNone(last, url);
  for (const { code } of chain as readonly { readonly code?: unknown }[]) {
    const known = typeof code === "string" ? troubles[code] : undefined;
    if (known !== undefined) return { reason: known[0], cure: known[1] };
  }
  const says = (what: RegExp): boolean => chain.some(({ message }) => what.test(message));
  const [, withTls = "", without = ""] = tlsForms.find(([scheme]) => scheme.test(url)) ?? [];
  const cure = `Is the server up, is it the right port, does a firewall let this machine in, and is TLS spoken there (${withTls}) or not (${without})?`;
  const reason = (last?.message ?? String(error)).replace(/\.$/, "");
  const fits = refusals.find(([what]) => says(what));
  if (fits !== undefined) return { reason, cure: fits[1] };
  if (says(isSilent)) return { reason: "it does not answer", cure };
  if (says(hangsUp)) return { reason: "it hangs up", cure };
  return { reason, cure: "The server says so; its own log may say more." };
}

/** Why each of several hosts cannot be used, and all that may help. */
function whyNone({ failures }: NoHostError, url: string): Why {
  const whys = failures.map(({ host, error }) => ({ host, ...whyAway(error, url) }));
  const reasons = new Set(whys.map(({ reason }) => reason));
  const each = reasons.size === 1 ? reasons : whys.map(({ host, reason }) => `${host}: ${reason}`);
  return {
    reason: [...each].join("; "),
    cure: [...new Set(whys.map(({ cure }) => cure))].join(" "),
  };
}

/** The error and what it came from, down to the first. */
function causesOf(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return [];
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error.cause;
  return [error, ...causesOf(first)];
}
