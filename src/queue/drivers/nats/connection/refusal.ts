import { ConfigError } from "../../../../errors.ts";
import { type EngineUrl, queueUrlError } from "../../../../lib/engines/engine-url.ts";
import { causesOf, errorText } from "../../../../lib/is-error.ts";
import { codeOf } from "../../../../lib/error-code.ts";
import {
  certificateCure,
  isOutOfDate,
  otherHostCure,
  wantsCertificate,
} from "../../../../lib/engines/tls-alert.ts";
import { isApiError, isNamed, isNobodyThere } from "../errors.ts";

/** What a server says of a line of ours that one of its own limits forbids, and the cure. */
const lineLimits: readonly (readonly [says: RegExp, cure: string])[] = [
  [/maximum subscriptions exceeded/i, "raise max_subscriptions, or that of the account, to 3 or more"],
  [/maximum control line exceeded/i, "set max_control_line to 4KB, its default"],
];

const tlsTrouble =
  /certificate|self.signed|TLS|SSL|ALTNAME|UNABLE_TO_|DEPTH_ZERO|tls is not available|handshake/i;

/** The mistake in the settings that made this error; undefined if it may pass by itself. */
export function refusalOf(error: unknown, url: EngineUrl): ConfigError | undefined {
  if (error instanceof ConfigError) return error;
  const problem =
    error instanceof RangeError ? error.message : (problemOf(error, url) ?? tlsProblemOf(error, url.shown));
  return problem === undefined ? undefined : queueUrlError(problem, error);
}

function problemOf(error: unknown, { shown, keys }: EngineUrl): string | undefined {
  if (isNamed(error, "AuthorizationError") || isNamed(error, "UserAuthenticationExpiredError")) {
    return `is refused by ${shown}: write a user and a password, a token (nats://token@host) or a ?credsfile= that the server knows`;
  }
  if (isNamed(error, "PermissionViolationError")) {
    const subject = causesOf(error).flatMap((each) => ("subject" in each ? [String(each.subject)] : []))[0];
    return `names a user of ${shown} that may not use ${subject ?? "JetStream"}: give it the permissions of docs/engines/nats.md`;
  }
  if (isApiError(error, "tooManyConsumers", "tooManyStreams", "maxBytesRequired")) {
    return `names an account of ${shown} whose limits are too low (${(error as Error).message}): allow it 2 streams without max_bytes and 16 consumers`;
  }
  const limit = lineLimits.find(([says]) => says.test(errorText(error)));
  if (limit !== undefined) {
    return `names a server at ${shown} with too low a limit (${errorText(error)}): ${limit[1]}`;
  }
  const [, idsLimit] = /duplicates window .* limit of (\w+)/.exec(errorText(error)) ?? [];
  if (idsLimit !== undefined) {
    return `names a server at ${shown} that limits ids to ${idsLimit}, and Hookwell needs 2m: set duplicate_window to 2m or more in the limits of its jetstream block`;
  }
  // Between leaf nodes and a domain the way may be cut for a while.
  const isOff = isNobodyThere(error) && !keys.has("domain");
  if (isOff || isApiError(error, "jetStreamOff", "jetStreamOffForAccount")) {
    return `needs JetStream, which ${shown} does not offer: start nats-server with -js, or write jetstream {} into its configuration and enable it for the account`;
  }
  return undefined;
}

function tlsProblemOf(error: unknown, shown: string): string | undefined {
  // Whoever ends a connection may be about to stop, and not mean us.
  const trouble = causesOf(error).find(
    (each) => codeOf(each) !== "ECONNRESET" && tlsTrouble.test(`${codeOf(each) ?? ""} ${each.message}`),
  );
  if (trouble === undefined || isOutOfDate(trouble)) return undefined;
  const code = codeOf(trouble) ?? "";
  if (wantsCertificate(code)) return `is refused by ${shown} (${code}): ${certificateCure}`;
  const cure = otherHostCure(trouble);
  if (cure !== undefined) return `cannot speak TLS with ${shown}: ${cure}`;
  return `cannot speak TLS with ${shown} (${trouble.message}): write tls:// with ?cacertfile=, or nats:// for a server without TLS`;
}
