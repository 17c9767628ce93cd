import { addAbortListener } from "node:events";
import type { Postgres } from "../../../lib/postgres/postgres.ts";
import { sleep } from "../../../lib/async/sleep.ts";

/** The least time between two notifications, in ms: each makes the server's commits wait for each other. */
const tellMs = 20;
/** How long to wait between tries to listen again, in ms. */
const againMs = 1_000;
/** How often to ask whether the connection is still there, in ms. */
const checkMs = 5_000;

/** Tells consumers of all processes that something was sent, so that none needs to look all the time. */
export class PostgresNotifications {
  readonly #db: Postgres;
  readonly #channel: string;
  readonly #ring: () => void;
  readonly #broken: () => void;
  readonly #closing = new AbortController();
  #isListening = false;
  #telling: NodeJS.Timeout | undefined;
  /** When the others were told last, on the clock of this process, in ms. */
  #toldAt = -Infinity;

  /**
   * @param ring called when something was sent by anybody
   * @param broken called when its connection has broken: the next one may lead to another server
   */
  constructor(db: Postgres, ring: () => void, broken: () => void) {
    this.#db = db;
    this.#channel = `hookwell_${db.schema.replaceAll('"', "")}`;
    this.#ring = ring;
    this.#broken = broken;
  }

  /** Listens from now on, on a connection of its own; if that breaks, on a new one. */
  listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    void this.#keepListening(this.#closing.signal);
  }

  /** Tells that something was sent. If that gets lost, the others look within a second. */
  tell(): void {
    this.#ring();
    const dueMs = Math.max(0, this.#toldAt + tellMs - performance.now());
    this.#telling ??= setTimeout(() => this.#tell(), dueMs).unref();
  }

  close(): void {
    clearTimeout(this.#telling);
    this.#closing.abort();
  }

  #tell(): void {
    this.#telling = undefined;
    this.#toldAt = performance.now();
    if (!this.#closing.signal.aborted)
      void this.#db.pool.query("select pg_notify($1, '')", [this.#channel]).catch(ignore);
  }

  async #keepListening(closing: AbortSignal): Promise<void> {
    while (!closing.aborted) {
      await this.#listenOnce(closing).catch(ignore);
      await sleep(againMs, closing);
    }
  }

  /** Listens until the connection breaks. */
  async #listenOnce(closing: AbortSignal): Promise<void> {
    const client = await this.#db.pool.connect();
    if (closing.aborted) return client.release();
    const broken = new AbortController();
    const signal = AbortSignal.any([closing, broken.signal]);
    // What is asked fails with it. A promise of its end, raced with each answer, would keep all answers until then.
    using _listening = addAbortListener(signal, () => client.release(true));
    client.on("notification", this.#ring);
    client.on("error", () => broken.abort());
    client.on("end", () => broken.abort());
    try {
      await client.query(`listen "${this.#channel}"`);
      // Nobody tells of what was sent before this connection listened.
      this.#ring();
      while (!signal.aborted) {
        // By listening alone, one never learns that a connection was lost silently.
        await client.query("select");
        await sleep(checkMs, signal);
      }
    } finally {
      broken.abort();
      if (!closing.aborted) this.#broken();
    }
  }
}

const ignore = (): void => undefined;
