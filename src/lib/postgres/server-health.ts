import { ConfigError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { EngineHealth } from "../engines/engine-health.ts";
import { isCrowded } from "./is-crowded.ts";
import { isFull } from "./is-full.ts";
import type { Postgres } from "./postgres.ts";
import { CommitsWaitError } from "./standby-wait.ts";

/** For how long after such an error, in ms, a server counts as lost. */
const doubtMs = 5_000;
/** The same after a call without an answer, which is known only some seconds after the pause until the next try. */
const unansweredMs = 12_000;
/** A server that has answered so long after a call began, in ms, was not away when it came. */
const laterMs = 1_000;

/**
 * Tells when a server is lost and back, of which some calls may fail and others succeed at the same time: it takes no
 * new connection from us and those that are there work, it stores nothing and can be read, or somebody has locked a
 * table. Each success would tell that it is back, and each failure that it is lost.
 */
export class ServerHealth {
  readonly #health: EngineHealth;
  #workedAt = -Infinity;
  #doubtedUntil = -Infinity;

  constructor({ part, shown }: Pick<Postgres, "part" | "shown">, log: Log) {
    this.#health = new EngineHealth(part, shown, log);
  }

  /**
   * @param error a `ConfigError` if the server refuses
   * @param begun when the call began that failed
   */
  lost(error: unknown, begun: number): void {
    const now = performance.now();
    if (isOfSome(error)) this.#doubt(now + doubtMs);
    if (this.#workedAt > begun + laterMs) this.#doubt(now + unansweredMs);
    this.#health.lost(error);
  }

  works(): void {
    this.#workedAt = performance.now();
    if (this.#workedAt > this.#doubtedUntil) this.#health.works();
  }

  #doubt(until: number): void {
    this.#doubtedUntil = Math.max(this.#doubtedUntil, until);
  }
}

/** True if other calls may work. That commits wait is no such error: it is asked before each call. */
const isOfSome = (error: unknown): boolean =>
  isCrowded(error) ||
  isFull(error) ||
  (error instanceof ConfigError && !(error.cause instanceof CommitsWaitError));
