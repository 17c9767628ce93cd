import { HookwellError } from "../errors.ts";

/**
 * What the sender's REST API, or the way to it, did not allow. In programs, check `code`; the message is one sentence or
 * two for people, without a body or a credential.
 *
 * @example
 * ```ts
 * import { SenderError } from "hookwell/client";
 * const isGone = (error: unknown) => error instanceof SenderError && error.code === "SENDER_NOT_FOUND";
 * ```
 */
export abstract class SenderError extends HookwellError {
  /** Status of the answer; null if there was none that could be read. */
  readonly status: number | null;

  constructor(message: string, status: number | null, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** The token, or user and password, are not known to the service (401). */
export class SenderCredentialsError extends SenderError {
  override readonly code = "SENDER_CREDENTIALS";
}

/** There is no such registration, message or profile (404). */
export class SenderNotFoundError extends SenderError {
  override readonly code = "SENDER_NOT_FOUND";
}

/** Somebody changed the registration since its ETag was read (412). */
export class SenderStaleError extends SenderError {
  override readonly code = "SENDER_STALE";
}

/** A place in a request that the service refused. */
export interface RefusedPlace {
  /** Where in the body, as the service writes it; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** The service refused the request as it is (400, and what is like it). */
export class SenderRefusedError extends SenderError {
  override readonly code = "SENDER_REFUSED";
  /** As far as the service names them; may be empty. */
  readonly places: readonly RefusedPlace[];

  constructor(message: string, status: number, places: readonly RefusedPlace[]) {
    super(message, status);
    this.places = places;
  }
}

/** Too many calls, and the service asks for a longer pause than the client makes by itself. */
export class SenderRateLimitedError extends SenderError {
  override readonly code = "SENDER_RATE_LIMITED";
  /** Ms until the next call may succeed; null if the service does not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, status: number, retryAfterMs: number | null) {
    super(message, status);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The credentials are known, but not allowed to do this (403). */
export class SenderForbiddenError extends SenderError {
  override readonly code: string = "SENDER_FORBIDDEN";
}

/** The account is in another region than the host that was asked (403). */
export class SenderWrongRegionError extends SenderForbiddenError {
  override readonly code = "SENDER_WRONG_REGION";
  /** Base URL of the account's region, to be used as `api`. */
  readonly host: string;

  constructor(message: string, status: number, host: string) {
    super(message, status);
    this.host = host;
  }
}

interface UnavailableOptions extends ErrorOptions {
  readonly mayBeDone: boolean;
}

/** No answer, none in time, one that is not the API's, or a failure of the service (5xx). */
export class SenderUnavailableError extends SenderError {
  override readonly code = "SENDER_UNAVAILABLE";
  /** True if a request that changes something may have been carried out all the same. */
  readonly mayBeDone: boolean;

  constructor(message: string, status: number | null, { mayBeDone, ...options }: UnavailableOptions) {
    super(message, status, options);
    this.mayBeDone = mayBeDone;
  }
}
