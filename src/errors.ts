/**
 * Base of all errors that Hookwell throws on purpose. In programs, check `code`, which never changes; the message is
 * for people and says what to do.
 *
 * @example
 * ```ts
 * import { HookwellError } from "hookwell";
 * try {
 *   await start();
 * } catch (error) {
 *   if (error instanceof HookwellError && error.code === "DATA_IN_USE") process.exit(1);
 *   throw error;
 * }
 * ```
 */
export abstract class HookwellError extends Error {
  /** Stable and in upper case; suitable for `switch`. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The body is signed but can never become events: not JSON, or without a usable event. Answered with 400. */
export class MalformedError extends HookwellError {
  override readonly code = "MALFORMED_BODY";
}

interface QueueErrorOptions extends ErrorOptions {
  readonly takesNothing?: boolean;
}

/** The queue cannot take or return events now (disk full, folder read-only, broker down). Answered with 503. */
export class QueueUnavailableError extends HookwellError {
  override readonly code: string = "QUEUE_UNAVAILABLE";
  /** True if the engine answers but stores nothing at all now, since its disk or memory is full. */
  readonly takesNothing: boolean;

  constructor(message: string, options: QueueErrorOptions = {}) {
    super(message, options);
    this.takesNothing = options.takesNothing ?? false;
  }
}

/** The engine of the queue, as it is configured, will never accept an event as large as this one. Answered with 503. */
export class EventTooLargeError extends QueueUnavailableError {
  override readonly code = "EVENT_TOO_LARGE";
  /** Indexes of these events among those that were sent. Whether the others are stored is unknown. */
  readonly places: readonly number[];

  /** @param message names the setting of the engine that must be raised */
  constructor(message: string, places: readonly number[], options?: ErrorOptions) {
    super(message, options);
    this.places = places;
  }
}

/** The engine of the queue has no room for some events, and stored the others. Answered with 503. */
export class EventsRefusedError extends QueueUnavailableError {
  override readonly code = "EVENTS_REFUSED";
  /** Indexes of the events that were not stored, among those that were sent. */
  readonly places: readonly number[];

  constructor(message: string, places: readonly number[], options?: QueueErrorOptions) {
    super(message, options);
    this.places = places;
  }
}

/** The ledger cannot be read or written now. Processing pauses and resumes by itself. */
export class LedgerUnavailableError extends HookwellError {
  override readonly code = "LEDGER_UNAVAILABLE";
}

/** The quarantine, which stores refused requests, cannot be written now. */
export class QuarantineUnavailableError extends HookwellError {
  override readonly code = "QUARANTINE_UNAVAILABLE";
}

/** A part was used after `close()`. */
export class ClosedError extends HookwellError {
  override readonly code = "CLOSED";

  constructor(part: string) {
    super(`The ${part} is closed.`);
  }
}

interface ConfigErrorOptions extends ErrorOptions {
  readonly mayPass?: boolean;
}

/** One or more settings are wrong; all of them are reported at once. */
export class ConfigError extends HookwellError {
  override readonly code = "CONFIG_INVALID";
  /** One sentence per error: the setting's name and what to write instead. */
  readonly problems: readonly string[];
  /** True if the same settings may work later: another program has the port now, or a configuration file threw. */
  readonly mayPass: boolean;

  constructor(problems: readonly string[], options: ConfigErrorOptions = {}) {
    super(problems.join("\n"), options);
    this.problems = problems;
    this.mayPass = options.mayPass ?? false;
  }
}

/** Files in the data folder, or tables, were written by a newer Hookwell. */
export class DataVersionError extends HookwellError {
  override readonly code = "DATA_VERSION";

  /** @param elsewhere how to take others, such as `set HOOKWELL_DATA to another folder` */
  constructor(what: string, found: number, known: number, elsewhere: string) {
    super(
      `${what} has version ${found}, but this Hookwell knows versions up to ${known}. ` +
        `Install the newer Hookwell that wrote it, or ${elsewhere}.`,
    );
  }
}

/** A file of the data folder cannot be opened: it is damaged, or the disk or its permissions do not allow it. */
export class DataUnusableError extends HookwellError {
  override readonly code = "DATA_UNUSABLE";

  /** @param why what is the matter with the file and what to do, if that is known, such as `is gone: restore it` */
  constructor(path: string, cause: Error, why?: string) {
    super(
      why === undefined
        ? `${path} cannot be used: ${cause.message.replace(/\.$/, "")}. Make sure that this user may write there and that the disk has room; ` +
            "if the file is damaged, restore it from a backup, or set HOOKWELL_DATA to another folder."
        : `${path} ${why}.`,
      { cause },
    );
  }
}

/** Another process, or another receiver of this one, already processes the events of this data folder. */
export class DataInUseError extends HookwellError {
  override readonly code = "DATA_IN_USE";
  /** The file that the other one has open. */
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path} is in use by another Hookwell process. Stop that one, or set HOOKWELL_DATA to another folder. ` +
        "To process the same events in several processes, set HOOKWELL_LEDGER=postgres://… for all of them.",
      options,
    );
    this.path = path;
  }
}
