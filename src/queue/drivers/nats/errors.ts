import { HookwellError, QueueUnavailableError } from "../../../errors.ts";
import { causesOf, errorText, isError } from "../../../lib/is-error.ts";

/** The server's own numbers for what went wrong. */
export const apiErrors = {
  accountFull: 10_002,
  consumerNotFound: 10_014,
  noResources: 10_023,
  noStorage: 10_047,
  streamFull: 10_077,
  streamNotFound: 10_059,
  /** Another stream has subjects of the one that is to be made. */
  subjectsTaken: 10_065,
  noCluster: 10_074,
  noMessage: 10_037,
  /** There is another consumer of the same messages. */
  consumerNotUnique: 10_100,
  noSequence: 10_043,
  notDeleted: 10_057,
  wrongLastSequence: 10_071,
  /** A copy of this message is on its way into the stream, and may still be lost. */
  duplicateOnItsWay: 10_158,
  jetStreamOff: 10_076,
  jetStreamOffForAccount: 10_039,
  /** These three are limits of the account: whoever set them has to raise them. */
  tooManyConsumers: 10_026,
  tooManyStreams: 10_027,
  maxBytesRequired: 10_113,
};

/** What makes room, by the server's number for what is full. */
const roomCures: ReadonlyMap<number | undefined, string> = new Map([
  [apiErrors.accountFull, "raise max_store of the account"],
  [apiErrors.noResources, "raise max_file_store in the jetstream block of the server, or give its disk room"],
  [
    apiErrors.noStorage,
    "raise max_file_store in the jetstream block of the server, or max_store of the account",
  ],
  [apiErrors.streamFull, "raise max_bytes or max_msgs of its stream"],
]);

/** What the server said, and what makes room if that is the matter. */
export function withCure(said: string, code: number | undefined): string {
  const cure = code === apiErrors.streamFull ? storingCure(said) : roomCures.get(code);
  return cure === undefined ? said : `${said}; workers make room, or ${cure}`;
}

/** A stream gives the same number to its own limits and to whatever its files fail with. */
function storingCure(said: string): string | undefined {
  if (said.includes("no space left")) return "give the disk of the server's store_dir more room";
  return said.includes("maximum") ? roomCures.get(apiErrors.streamFull) : undefined;
}

/** The client wraps what the server said. */
export const isNamed = (error: unknown, name: string): boolean =>
  causesOf(error).some((each) => each.constructor.name === name || each.name === name);

/** True if nobody listens at the subject: the stream or the consumer is gone, or JetStream is off. */
export const isNobodyThere = (error: unknown): boolean =>
  isNamed(error, "NoRespondersError") || isNamed(error, "JetStreamNotEnabled");

/** True if a stream or a consumer is gone. */
export const isGone = (error: unknown): boolean =>
  isApiError(error, "consumerNotFound", "streamNotFound") || isNobodyThere(error);

/** True if a message that was to be deleted is not there any more. */
export function isMessageGone(error: unknown): boolean {
  if (isApiError(error, "noMessage", "noSequence")) return true;
  // The store's words for a message that it does not have. Any other words mean that it could not delete it.
  return isApiError(error, "notDeleted") && /no message found|EOF/i.test((error as Error).message);
}

/**
 * The result of a write, or undefined if the server has no room for anything. Workers must not fail because they cannot
 * note something about messages: if they did not work, no room would be made.
 */
export async function ifThereIsRoom<T>(writing: Promise<T>): Promise<T | undefined> {
  try {
    return await writing;
  } catch (error) {
    if (roomCures.has(apiCodeOf(error))) return undefined;
    throw error;
  }
}

export const isTimeout = (error: unknown): boolean => isNamed(error, "TimeoutError");

/** The server's number for an error; undefined if it is not from the server. */
const apiCodeOf = (error: unknown): number | undefined =>
  isError(error) && "code" in error && typeof error.code === "number" ? error.code : undefined;

/** Whether it is one of these errors of the server. */
export const isApiError = (error: unknown, ...any: readonly (keyof typeof apiErrors)[]): boolean =>
  any.some((name) => apiErrors[name] === apiCodeOf(error));

/** The error of a call that cannot be answered now. */
export function unavailable(what: string, cause: unknown): QueueUnavailableError | HookwellError {
  if (cause instanceof HookwellError) return cause;
  const reason = isNobodyThere(cause) ? "no server answers for JetStream" : errorText(cause);
  const told = isTimeout(cause) ? "no answer in time" : withCure(reason, apiCodeOf(cause));
  return new QueueUnavailableError(`NATS cannot ${what}: ${told}`, { cause });
}
