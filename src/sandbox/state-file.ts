import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "../lib/error-code.ts";
import { makeFolder } from "../lib/make-folder.ts";
import type { DeadEvent } from "./attempts.ts";
import type { Delivery } from "./deliveries.ts";
import type { Held } from "./dispatch.ts";
import type { InboundMessage } from "./inbounds.ts";
import type { MessageRecord } from "./messages.ts";
import type { Registration } from "./registrations.ts";

/** All that survives a restart: what is known, and what is still to be done. */
export interface SandboxState {
  readonly version: 1;
  /** How often the sandbox was started on it; each start needs chance of its own, or ids would come again. */
  readonly starts: number;
  readonly registrations: readonly Registration[];
  readonly messages: readonly MessageRecord[];
  readonly inbounds: readonly InboundMessage[];
  readonly held: readonly Held[];
  readonly pending: readonly Delivery[];
  readonly dead: readonly DeadEvent[];
}

/** A write comes at least so long after a change, so that many changes are one write. */
const gatherMs = 100;

/** Keeps the state in one file, which is replaced as a whole: a crash costs the last changes, never the file. */
export class StateFile {
  readonly #path: string;
  readonly #state: () => SandboxState;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, state: () => SandboxState) {
    this.#path = path;
    this.#state = state;
  }

  /** @throws {SyntaxError} if the file is none of the sandbox's */
  static read(path: string): SandboxState | undefined {
    try {
      return JSON.parse(readFileSync(path, "utf8")) as SandboxState;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw error;
    }
  }

  changed(): void {
    this.#timer ??= setTimeout(() => this.write(), gatherMs);
  }

  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    makeFolder(dirname(this.#path));
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, JSON.stringify(this.#state()), { mode: 0o600 });
    renameSync(fresh, this.#path);
  }
}
