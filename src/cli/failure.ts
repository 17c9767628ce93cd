import { HookwellError } from "../errors.ts";

/** A command could not do what was asked; the message says why and what to do. Exit code 1. */
export class CommandError extends HookwellError {
  override readonly code = "COMMAND_FAILED";
}

/** The server does not take our token. Exit code 1. */
export class TokenError extends HookwellError {
  override readonly code = "TOKEN_REFUSED";
}

/** A command was called in a way that cannot work. Exit code 2. */
export class UsageError extends HookwellError {
  override readonly code = "WRONG_USE";
  /** The command whose help explains it, such as `hookwell send`. */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }
}

/** What was asked for does not exist. Exit code 1. */
export class NotFoundError extends HookwellError {
  override readonly code = "NOT_FOUND";
}
