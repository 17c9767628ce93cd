import { setTimeout as sleep } from "node:timers/promises";
import type { EventRecord } from "../../src/api/contract.ts";
import { readServerSentEvents } from "../../src/cli/client/sse.ts";
import { testToken } from "../../test/support/program/client.ts";
import { sharedNow } from "../../test/support/program/journal.ts";
import type { Told } from "../oracle/facts.ts";

/** How long to wait before the stream is opened again, in ms. */
const againMs = 100;
const settled: ReadonlySet<string> = new Set(["handled", "obsolete", "dead"]);

/** A person who watches the events, and remembers which were shown as settled, and when. */
export class Watch {
  readonly #told: Map<string, Told>;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  /**
   * @param api with a slash at the end
   * @param told is filled
   */
  constructor(api: string, told: Map<string, Told>) {
    this.#told = told;
    this.#watching = this.#watch(new URL("/api/v1/stream", api));
    // `close` throws the error, to somebody who listens.
    this.#watching.catch(() => undefined);
  }

  /** @throws {Error} if the stream was anything but a stream of events, or was refused */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(url: URL): Promise<void> {
    const { signal } = this.#stop;
    let lastId: string | undefined;
    while (!signal.aborted) {
      try {
        const resume = lastId === undefined ? {} : { "last-event-id": lastId };
        const headers = { authorization: `Bearer ${testToken}`, ...resume };
        const response = await fetch(url, { headers, signal });
        if (!response.ok || response.body === null) throw new RefusedError(response.status);
        for await (const { id, data } of readServerSentEvents(response.body)) {
          if (id !== "") lastId = id;
          if (data !== "") this.#see(JSON.parse(data) as EventRecord);
        }
      } catch (error) {
        // The server has gone; it comes back, and the stream goes on where it was.
        if (!isOutage(error) && !signal.aborted) throw error;
      }
      await sleep(againMs);
    }
  }

  #see({ eventId, status }: EventRecord): void {
    if (settled.has(status) && !this.#told.has(eventId)) this.#told.set(eventId, { status, at: sharedNow() });
  }
}

class RefusedError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The stream was refused: ${status}.`);
    this.status = status;
  }
}

/** `fetch` throws a TypeError for a connection that is lost or was never made. */
const isOutage = (error: unknown): boolean =>
  error instanceof RefusedError ? error.status >= 500 : error instanceof TypeError;
