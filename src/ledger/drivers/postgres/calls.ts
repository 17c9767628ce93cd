import { ClosedError, ConfigError, HookwellError, LedgerUnavailableError } from "../../../errors.ts";
import { EngineHealth } from "../../../lib/engine-health.ts";
import { migrate } from "../../../lib/postgres/migrate.ts";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { refusalOf } from "../../../lib/postgres/refusal.ts";
import type { Log } from "../../../log.ts";
import { ledgerSteps } from "./schema.ts";
import { NoConnectionError } from "./transaction.ts";

export const setting = "HOOKWELL_LEDGER (--ledger)";

export interface CallsParts {
  readonly db: Postgres;
  readonly log: Log;
  readonly isLook: boolean;
  /** What else is done once the tables are there, and before anything is asked of them; does not fail. */
  readonly prepared: () => Promise<void>;
}

/** What all calls of the ledger share: the tables are there before, and what goes wrong is said in our words. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #health: EngineHealth;
  readonly #underWay = new Set<Promise<unknown>>();
  #prepared: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#health = new EngineHealth("ledger", parts.db.shown, parts.log);
  }

  /** Makes or updates the tables, once. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #prepare(): Promise<void> {
    const { db, isLook, prepared } = this.#parts;
    try {
      await migrate(db, "ledger", ledgerSteps, isLook);
      if (!isLook) await prepared();
    } catch (error) {
      throw error instanceof HookwellError ? error : (refusalOf(error, db, setting) ?? unavailable(error));
    }
  }

  /** One that is waited for at the end. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const call = this.aside(work);
    this.#underWay.add(call);
    try {
      return await call;
    } finally {
      this.#underWay.delete(call);
    }
  }

  /** One that nobody waits for at the end. */
  async aside<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ClosedError("ledger");
    try {
      const result = await this.prepare().then(work);
      this.#health.works();
      return result;
    } catch (error) {
      if (!isNoLoss.some((kind) => error instanceof kind)) this.#health.lost(error);
      // A cursor that is none is the asker's mistake.
      throw error instanceof RangeError || error instanceof HookwellError ? error : unavailable(error);
    }
  }

  /** Takes no more of them; resolves when those that are waited for have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
  }
}

/** Of which the server knows nothing. */
const isNoLoss = [RangeError, ConfigError, NoConnectionError];

const unavailable = (cause: unknown): LedgerUnavailableError =>
  new LedgerUnavailableError(`PostgreSQL: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
