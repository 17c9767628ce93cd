/** A server that can be treated badly. */
export interface EngineServer {
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  pause(): Promise<void> | void;
  resume(): Promise<void> | void;
}

/** A PostgreSQL. */
export interface LedgerServer extends EngineServer, AsyncDisposable {
  query(sql: string): Promise<readonly Record<string, unknown>[]>;
}
