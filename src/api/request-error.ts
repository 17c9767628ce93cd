import { HookwellError } from "../errors.ts";

/** A request that can never succeed as it is; the message names what is wrong and what to write instead. */
export class RequestError extends HookwellError {
  override readonly code = "BAD_REQUEST";
  /** 400, or 413 if the body is too large. */
  readonly status: 400 | 413;

  constructor(message: string, status: 400 | 413 = 400) {
    super(message);
    this.status = status;
  }
}

/** Text from outside as it may stand in a message: one line, no control characters, not endless. */
export function quoted(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text;
  // oxlint-disable-next-line no-control-regex -- these are what must go
  return `\`${cut.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029`]/gu, "?")}\``;
}
