import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { HookwellError } from "../errors.ts";
import type { Log } from "../log.ts";
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

/** The data file is not one that a sandbox wrote, or cannot be read. */
export class SandboxDataError extends HookwellError {
  override readonly code = "SANDBOX_DATA";
}

/** A write comes at least so long after a change, so that many changes are one write. */
const gatherMs = 100;

/** Writing takes at most one part of the time in so many. */
const shareOfWriting = 20;

/** Keeps the state in one file, which is replaced as a whole: a crash costs the last changes, never the file. */
export class StateFile {
  readonly #path: string;
  readonly #log: Log;
  readonly #state: () => SandboxState;
  #timer: NodeJS.Timeout | undefined;
  #tookMs = 0;
  #closed = false;

  constructor(path: string, log: Log, state: () => SandboxState) {
    this.#path = path;
    this.#log = log;
    this.#state = state;
  }

  /**
   * @returns undefined if there is no file yet
   * @throws {SandboxDataError} if the file is none of a sandbox's
   */
  static read(path: string): SandboxState | undefined {
    try {
      const state = JSON.parse(readFileSync(path, "utf8")) as Partial<SandboxState> | null;
      if (state?.version === 1) return state as SandboxState;
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") return undefined;
      if (!(cause instanceof SyntaxError))
        throw new SandboxDataError(`The sandbox cannot read its data file ${path}.`, { cause });
    }
    throw new SandboxDataError(`The file ${path} is not the data of a sandbox; name another.`);
  }

  /** @throws {SandboxDataError} if the file cannot be written */
  open(): void {
    try {
      makeFolder(dirname(resolve(this.#path)));
      this.#write();
    } catch (cause) {
      throw new SandboxDataError(`The sandbox cannot write its data file ${this.#path}.`, { cause });
    }
  }

  changed(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => this.#tryToWrite(), Math.max(gatherMs, this.#tookMs * shareOfWriting));
  }

  /** Writes the last changes, and nothing after them. */
  close(): void {
    if (!this.#closed) this.#tryToWrite();
    this.#closed = true;
  }

  /** A full disk is told, but ends nothing: the next change tries again. */
  #tryToWrite(): void {
    try {
      this.#write();
    } catch (error) {
      this.#log.error("sandbox.data.unwritten", { file: this.#path, code: codeOf(error) });
    }
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const startedAt = performance.now();
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, JSON.stringify(this.#state()), { mode: 0o600 });
    renameSync(fresh, this.#path);
    this.#tookMs = performance.now() - startedAt;
  }
}
