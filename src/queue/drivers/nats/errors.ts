import {
  ConfigError,
  EventsRefusedError,
  EventTooLargeError,
  HookwellError,
  QueueUnavailableError,
} from "../../../errors.ts";
import type { EngineUrl } from "../../../lib/engine-url.ts";
import { certificateCure, wantsCertificate } from "../../../lib/tls-alert.ts";

/** The server's own numbers for what went wrong. */
export const apiErrors = {
  consumerNotFound: 10_014,
  noResources: 10_023,
  noStorage: 10_047,
  streamFull: 10_077,
  streamNotFound: 10_059,
  noCluster: 10_074,
  noMessage: 10_037,
  /** There is another of the same messages. */
  consumerNotUnique: 10_100,
  noSequence: 10_043,
  notDeleted: 10_057,
  wrongLastSequence: 10_071,
  /** Of a message of which a copy is on its way into the stream, and may still be lost. */
  duplicateOnItsWay: 10_158,
};

/** What an account may not have; whoever set its limits has to raise them. */
const overLimit = {
  consumers: 10_026,
  streams: 10_027,
  maxBytesRequired: 10_113,
};

/** All errors on the way to the first cause; the client wraps what the server said. */
function chainOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let each = error; each instanceof Error && chain.length < 5; each = each.cause) chain.push(each);
  return chain;
}

const isNamed = (error: unknown, name: string): boolean =>
  chainOf(error).some((each) => each.constructor.name === name || each.name === name);

/** True if nobody listens at the subject: the stream or the consumer is gone, or JetStream is off. */
export const isNobodyThere = (error: unknown): boolean =>
  isNamed(error, "NoRespondersError") || isNamed(error, "JetStreamNotEnabled");

/** True if a stream or a consumer is gone. */
export function isGone(error: unknown): boolean {
  const code = apiCodeOf(error);
  return code === apiErrors.consumerNotFound || code === apiErrors.streamNotFound || isNobodyThere(error);
}

/** True if a message that was to be deleted is not there any more. */
export function isMessageGone(error: unknown): boolean {
  const code = apiCodeOf(error);
  if (code === apiErrors.noMessage || code === apiErrors.noSequence) return true;
  // The store's own words for a message that it does not have; others mean that it could not delete it.
  return code === apiErrors.notDeleted && /no message found|EOF/i.test((error as Error).message);
}

/**
 * What was to be written, or undefined if the server has no room for anything. What workers note of messages must not
 * depend on that: who cannot work makes no room.
 */
export async function ifThereIsRoom<T>(writing: Promise<T>): Promise<T | undefined> {
  try {
    return await writing;
  } catch (error) {
    const { noResources, noStorage, streamFull } = apiErrors;
    if ([noResources, noStorage, streamFull].some((code) => code === apiCodeOf(error))) return undefined;
    throw error;
  }
}

export const isTimeout = (error: unknown): boolean => isNamed(error, "TimeoutError");

/** The number that the server gave to an error, if it was the server that said it. */
export const apiCodeOf = (error: unknown): number | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined;

/** The server answered that it does not store a message. */
export class NotStoredError extends Error {}

/** Why not all messages of a list are stored; undefined if they are. */
export function failureOf(outcomes: readonly PromiseSettledResult<void>[]): unknown {
  const failed = [...outcomes.entries()].flatMap(([place, outcome]) =>
    outcome.status === "rejected" ? { place, reason: outcome.reason as unknown } : [],
  );
  const [first] = failed;
  if (first === undefined) return undefined;
  const large = failed.filter(({ reason }) => isTooLarge(reason));
  if (large.length > 0) {
    return new EventTooLargeError(
      "NATS takes no message as large as this one: raise max_payload in the server's configuration, 16MB is enough.",
      large.map(({ place }) => place),
      { cause: large[0]?.reason },
    );
  }
  if (!failed.every(({ reason }) => reason instanceof NotStoredError)) return first.reason;
  // It is the stream that is full, and not a shard of it.
  return new EventsRefusedError(
    `NATS refused ${failed.length} of ${outcomes.length} messages: ${(first.reason as Error).message}`,
    failed.map(({ place }) => place),
    { cause: first.reason, takesNothing: true },
  );
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && /max_payload|message size exceeds/.test(error.message);

/** What is told of a call that cannot be answered now. */
export function unavailable(what: string, cause: unknown): QueueUnavailableError | HookwellError {
  if (cause instanceof HookwellError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const told = isTimeout(cause) ? "no answer in time" : reason;
  return new QueueUnavailableError(`NATS cannot ${what}: ${told}`, { cause });
}

const tlsTrouble =
  /certificate|self.signed|TLS|SSL|ALTNAME|UNABLE_TO_|DEPTH_ZERO|tls is not available|handshake/i;

/** The mistake in the settings that made this error; undefined if it may pass by itself. */
export function configErrorOf(error: unknown, url: EngineUrl): ConfigError | undefined {
  const wrong = (text: string): ConfigError =>
    new ConfigError([`HOOKWELL_QUEUE (--queue) ${text}`], { cause: error });
  if (error instanceof ConfigError) return error;
  if (error instanceof RangeError) return wrong(error.message);
  if (isNamed(error, "AuthorizationError") || isNamed(error, "UserAuthenticationExpiredError")) {
    return wrong(
      `is refused by ${url.shown}: write a user and a password, a token (nats://token@host) or a ?credsfile= that the server knows.`,
    );
  }
  if (isNamed(error, "PermissionViolationError")) {
    const subject = chainOf(error).flatMap((each) => ("subject" in each ? [String(each.subject)] : []))[0];
    return wrong(
      `names a user of ${url.shown} that may not use ${subject ?? "JetStream"}: give it the permissions of docs/engines/nats.md.`,
    );
  }
  if (Object.values(overLimit).some((code) => code === apiCodeOf(error))) {
    return wrong(
      `names an account of ${url.shown} whose limits are too low (${(error as Error).message}): allow it 2 streams without max_bytes and 16 consumers.`,
    );
  }
  const isJetStreamOff = isNobodyThere(error) || apiCodeOf(error) === 10_039 || apiCodeOf(error) === 10_076;
  if (isJetStreamOff) {
    return wrong(
      `needs JetStream, which ${url.shown} does not offer: start nats-server with -js, or write jetstream {} into its configuration and enable it for the account.`,
    );
  }
  const trouble = chainOf(error).find(
    (each) => tlsTrouble.test(each.message) || ("code" in each && tlsTrouble.test(String(each.code))),
  );
  if (trouble === undefined) return undefined;
  const code = "code" in trouble ? String(trouble.code) : "";
  if (wantsCertificate(code)) return wrong(`is refused by ${url.shown} (${code}): ${certificateCure}.`);
  return wrong(
    `cannot speak TLS with ${url.shown} (${trouble.message}): write tls:// with ?cacertfile=, or nats:// for a server without TLS.`,
  );
}
