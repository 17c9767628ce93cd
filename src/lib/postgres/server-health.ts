import { ConfigError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { EngineHealth } from "../engine-health.ts";
import type { Part } from "../part.ts";
import { isCrowded } from "./is-crowded.ts";
import { isFull } from "./is-full.ts";
import { CommitsWaitError } from "./standby-wait.ts";

/** For how long after such an error, in ms, a server counts as lost. */
const doubtMs = 5_000;

/**
 * Tells when a server is lost and back, of which some calls may fail and others succeed at the same time: it takes no
 * new connection from us and those that are there work, or it stores nothing and can be read. Each success would tell
 * that it is back, and each failure that it is lost.
 */
export class ServerHealth {
  readonly #health: EngineHealth;
  #doubtedAt = -Infinity;

  constructor(part: Part, shown: string, log: Log) {
    this.#health = new EngineHealth(part, shown, log);
  }

  /** @param error a `ConfigError` if the server refuses */
  lost(error: unknown): void {
    if (isOfSome(error)) this.#doubtedAt = performance.now();
    this.#health.lost(error);
  }

  works(): void {
    if (performance.now() - this.#doubtedAt > doubtMs) this.#health.works();
  }
}

/** True if other calls may work. That commits wait is no such error: it is asked before each call. */
const isOfSome = (error: unknown): boolean =>
  isCrowded(error) ||
  isFull(error) ||
  (error instanceof ConfigError && !(error.cause instanceof CommitsWaitError));
