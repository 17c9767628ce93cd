/** The servers that a queue can be kept in. */
export const engineNames = ["postgres", "redis", "amqp", "nats"] as const;

export type EngineName = (typeof engineNames)[number];

/** A server of the benchmark's own, with nothing in it that it was not given. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName;
  /** Its name as people write it. */
  readonly title: string;
  /** The settings that say when something is on the disk. */
  readonly durability: string;
  readonly url: string;
  /** Forgets everything that was put there. */
  clear(): Promise<void>;
}

/** An engine whose tables can also be the ledger. */
export interface LedgerEngine extends Engine {
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
}

export const isLedger = (engine: Engine): engine is LedgerEngine => "query" in engine;
