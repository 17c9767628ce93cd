import { ConfigError } from "../../errors.ts";
import type { EngineReport } from "./engine-report.ts";
import { type Part, settingOf } from "./part.ts";

export interface LookOptions {
  /**
   * True to make nothing on a server: if there is nothing yet, `NotMadeError` is thrown. For files, see
   * `enginesToMake`.
   */
  readonly isLook?: boolean | undefined;
}

export interface NotMade {
  readonly part: Part;
  /** The server, for people: without the password. */
  readonly shown: string;
  /** Where on the server it should be, such as `in its schema hookwell`. */
  readonly place: string;
  /** What in the URL may be wrong, such as `?schema=`. */
  readonly check: string;
  readonly report: EngineReport;
  /** Why the first start would fail to make it, as far as that can be known. */
  readonly obstacle?: ConfigError | undefined;
}

/** There is nothing where a URL leads, and nothing was made: the URL is wrong, or there was no start yet. */
export class NotMadeError extends ConfigError {
  readonly found: NotMade;

  constructor(found: NotMade) {
    const { part, shown, place, check } = found;
    super([
      `${settingOf(part)} is ${shown}, but there is no ${part} ${place}: check ${check}, or start Hookwell once.`,
    ]);
    this.found = found;
  }
}
