import type { ConfigError } from "../../../../errors.ts";
import { addressOf } from "../../../../lib/engines/engine-host.ts";
import type { EngineUrl } from "../../../../lib/engines/engine-url.ts";
import { codeOf } from "../../../../lib/error-code.ts";
import { UnansweredLoginError } from "./connect-once.ts";
import { isTimeout } from "../errors.ts";
import { refusalOf } from "./refusal.ts";
import type { Trial } from "./trial.ts";

/** How it looks if a server ends a connection at once: what it says is lost, or taken for a part of TLS. */
const cutCodes: readonly string[] = ["ECONNRESET", "ERR_SSL_WRONG_VERSION_NUMBER"];

/** True if a server must be asked what it means. */
const isUnclear = (error: unknown): boolean =>
  isTimeout(error) || isUnanswered(error) || cutCodes.includes(codeOf(error) ?? "");

const isUnanswered = (error: unknown): boolean => error instanceof UnansweredLoginError;

/**
 * Why the hosts do not let us in: one reason for each of them, as far as the client tells.
 *
 * @param error of the client
 * @param ask asks the hosts themselves, for what the client is not told or keeps to itself
 */
export function reasonsOf(
  error: unknown,
  url: EngineUrl,
  ask: () => Promise<readonly Trial[]>,
): Promise<readonly unknown[]> {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  // Without a reason for each host, nobody knows whose it is.
  if (errors.length !== url.hosts.length) return Promise.resolve(errors);
  const reasons = errors.map(async (each, at) => {
    const reason = (isUnclear(each) ? (await ask())[at]?.reason : undefined) ?? each;
    return refusalOf(reason, oneOf(url, at)) ?? reason;
  });
  return Promise.all(reasons);
}

/** Of the reasons: what a host says tells more than its silence, and that more than that it is away. */
export function mostTelling(reasons: readonly unknown[], url: EngineUrl): unknown {
  const refusal = reasons.find((reason) => refusalOf(reason, url) !== undefined);
  const unanswered = reasons.find(isUnanswered);
  return refusal ?? unanswered ?? reasons.find(isUnclear) ?? reasons[0];
}

/** The refusal, if all hosts refuse us: one that is away may let us in when it is back. */
export function refusalByAll(reasons: readonly unknown[], url: EngineUrl): ConfigError | undefined {
  const refusals = reasons.flatMap((reason) => refusalOf(reason, url) ?? []);
  return refusals.length === url.hosts.length ? refusals[0] : undefined;
}

/** Of several hosts, people must know which one is meant. */
function oneOf(url: EngineUrl, at: number): EngineUrl {
  const host = url.hosts[at];
  const isAlone = url.hosts.length === 1;
  return isAlone || host === undefined ? url : { ...url, shown: `${url.scheme}://${addressOf(host)}` };
}
