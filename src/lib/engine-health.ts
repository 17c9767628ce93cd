import { errorFields, type Log } from "../log.ts";

/** For whoever reads that a server is lost. */
export const lostCure = "`hookwell doctor` says what to do; when the server works, all goes on by itself";

/** Says once that a server is lost, and once that it is back. */
export class EngineHealth {
  readonly #part: "queue" | "ledger";
  readonly #engine: string;
  readonly #log: Log;
  #isLost = false;

  /** @param engine for people: its URL without the password */
  constructor(part: "queue" | "ledger", engine: string, log: Log) {
    this.#part = part;
    this.#engine = engine;
    this.#log = log;
  }

  /** A call has failed. */
  lost(error: unknown): void {
    if (!this.#isLost)
      this.#log.warn(`${this.#part}.engine_lost`, {
        engine: this.#engine,
        ...errorFields(error),
        cure: lostCure,
      });
    this.#isLost = true;
  }

  /** A call has worked. */
  works(): void {
    if (this.#isLost) this.#log.info(`${this.#part}.engine_back`, { engine: this.#engine });
    this.#isLost = false;
  }
}
