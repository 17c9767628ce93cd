import { HTTPException } from "hono/http-exception";

/** A place in a call that is refused, and why. */
export interface Failure {
  /** A JSON path into the body, such as `$.rules[0]`, or a parameter, such as `query.from`. */
  readonly path: string;
  readonly message: string;
}

/**
 * A call that does not fit its schema: 400. The names `message` and `validationFailures` are those that a client of the
 * vendor's reads; what is in them is a guess.
 */
export class RefusedError extends HTTPException {
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    const [first] = failures;
    super(400, { message: first === undefined ? "Refused." : `${first.path} ${first.message}.` });
    this.failures = failures;
  }

  toJson(): { readonly message: string; readonly validationFailures: readonly Failure[] } {
    return { message: this.message, validationFailures: this.failures };
  }
}
