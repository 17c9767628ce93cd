import { ClosedError, HookwellError, LedgerUnavailableError, QueueUnavailableError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { UnderWay } from "../async/under-way.ts";
import { expectWithin } from "../async/within.ts";
import { CommitsWaitError, StandbyWait } from "./standby-wait.ts";
import { migrate, type Migration } from "./migrate.ts";
import type { Postgres } from "./postgres.ts";
import { isCrowded } from "./is-crowded.ts";
import { isRefusal } from "./is-refusal.ts";
import { mayBeRestored, refusalOf } from "./refusal.ts";
import { ServerHealth } from "./server-health.ts";
import { errorText } from "../is-error.ts";

/** How long a call waits for the tables, in ms. */
const preparingMs = 3_000;
/**
 * The same if it only looks, which no webhook waits for: a server far away takes some 30 round trips to tell that there
 * are none. Shorter than a silent one is given, so that the next call still hears of the same try.
 */
const lookingMs = 4_500;

export interface CallsParts {
  readonly db: Postgres;
  readonly steps: readonly Migration[];
  readonly log: Log;
  readonly isLook: boolean;
  /** Called once the tables are there, and before anything is asked of them; must not fail. */
  readonly prepared?: () => Promise<void>;
  /** Called after a call that the server has not answered, so that nobody knows what became of it. */
  readonly unanswered?: () => void;
}

/** Handlers have all connections that are for them; or the server is away, which other calls find out. */
export class NoConnectionError extends LedgerUnavailableError {}

/** What all calls of a part share: they wait until the tables are there, and failures are reported in our words. */
export class Calls {
  readonly #parts: CallsParts;
  readonly #health: ServerHealth;
  readonly #standbyWait: StandbyWait;
  readonly #underWay = new UnderWay();
  #prepared: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#health = new ServerHealth(parts.db, parts.log);
    this.#standbyWait = new StandbyWait(parts.db);
  }

  /** Makes the tables ready; a server that does not answer now is waited for, and calls fail until it does. */
  async open(): Promise<void> {
    try {
      await this.#prepare();
    } catch (error) {
      if (!(error instanceof this.#Unavailable)) throw error;
    }
  }

  /** Makes or updates the tables, once. If there is much in them, that may take longer than anybody waits. */
  #prepare(): Promise<void> {
    this.#prepared ??= this.#makeTables().catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    const patienceMs = this.#parts.isLook ? lookingMs : preparingMs;
    return expectWithin(patienceMs, this.#prepared, () =>
      this.#unavailable(
        `the tables of the ${this.#parts.db.part} are not ready: the server does not answer, or an upgrade still goes through all that is in them.`,
      ),
    );
  }

  async #makeTables(): Promise<void> {
    const { db, steps, isLook, prepared } = this.#parts;
    try {
      await migrate(db, steps, { isLook });
      if (!isLook) await prepared?.();
    } catch (error) {
      const refusal = this.#refusalOf(error);
      if (refusal === undefined) throw this.#translated(error);
      if (!mayBeRestored(error)) throw refusal;
      // A process that starts waits for whoever restores the tables, and does not end.
      throw this.#unavailable(refusal.message, { cause: error, takesNothing: false });
    }
  }

  /** A call that may write. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const writing = (commitsWait: boolean): Promise<T> => {
      if (commitsWait) throw new CommitsWaitError();
      return work();
    };
    return this.#underWay.add(this.#call(writing));
  }

  /** A call that only reads, which works even while nothing can be written. */
  read<T>(work: () => Promise<T>): Promise<T> {
    return this.#underWay.add(this.#call(work));
  }

  async #call<T>(work: (commitsWait: boolean) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ClosedError(this.#parts.db.part);
    const begun = performance.now();
    try {
      await this.#prepare();
      const commitsWait = await this.#standbyWait.lasts();
      const result = await work(commitsWait);
      if (!commitsWait) this.#health.works();
      return result;
    } catch (error) {
      if (isOurs(error)) throw error;
      this.#health.lost(this.#refusalOf(error) ?? error, begun);
      if (!isAnswer(error)) this.#unanswered();
      throw error instanceof HookwellError ? error : this.#translated(error);
    }
  }

  #unanswered(): void {
    this.#standbyWait.doubt();
    this.#parts.unanswered?.();
  }

  /** Takes no more calls; resolves when those under way have ended. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#underWay.idle();
  }

  /** The error that says what a person must change, or our own error as it is. */
  #refusalOf(error: unknown): HookwellError | undefined {
    return error instanceof HookwellError ? error : refusalOf(error, this.#parts.db);
  }

  #translated(cause: unknown): HookwellError {
    return this.#unavailable(errorText(cause), { cause, takesNothing: isCrowded(cause) });
  }

  #unavailable(reason: string, options?: ErrorOptions & { readonly takesNothing: boolean }): HookwellError {
    return new this.#Unavailable(`PostgreSQL: ${reason}`, options);
  }

  get #Unavailable(): typeof QueueUnavailableError | typeof LedgerUnavailableError {
    return this.#parts.db.part === "queue" ? QueueUnavailableError : LedgerUnavailableError;
  }
}

/** Whether the server knows nothing of it. A RangeError is about a wrong cursor, which is the caller's mistake. */
const isOurs = (error: unknown): boolean => error instanceof RangeError || error instanceof NoConnectionError;

/** Whether it is known what became of the call. */
const isAnswer = (error: unknown): boolean =>
  error instanceof HookwellError || error instanceof CommitsWaitError || isRefusal(error);
