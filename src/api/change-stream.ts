import { ClosedError } from "../errors.ts";
import { Bell } from "../lib/async/bell.ts";
import { sleep } from "../lib/async/sleep.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Change, EventRecord } from "../ledger/record.ts";
import { errorFields, type Log } from "../log.ts";

/** A comment goes out after this many ms without an event, so that no proxy takes the connection for dead. */
const heartbeatMs = 15_000;
/** Changes that come together are read together: the pause before the next read, in ms. */
const gatherMs = 50;
/**
 * Another process may write to the same ledger, and no callback tells of that; so it is looked at this often, in ms.
 */
const lookMs = 1_000;
/** Most changes of one read; what a slow reader has not taken yet stays in the ledger. */
const mostChanges = 200;

export interface ChangeStreamOptions {
  readonly ledger: Ledger;
  /** Begins after this change. */
  readonly after: number;
  wants(record: EventRecord): boolean;
  /** The stream ends when one of them aborts. */
  readonly signals: readonly AbortSignal[];
  readonly log: Log;
  /** Called once, when the stream is over for whatever reason. */
  onEnd(): void;
}

/**
 * The changes of a ledger as Server-Sent Events. Reads from the ledger only when the reader asks for more, so that a
 * slow reader costs nothing but its place. It finds each event once, as it is by then.
 */
export function changeStream(options: ChangeStreamOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { signals } = options;
  const reader = new ChangeReader(options);
  let end = (): void => undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        const close = (): void => {
          end();
          controller.close();
        };
        end = () => {
          for (const signal of signals) signal.removeEventListener("abort", close);
          reader.stop();
          options.onEnd();
        };
        for (const signal of signals) signal.addEventListener("abort", close);
        if (signals.some(({ aborted }) => aborted)) return close();
        controller.enqueue(encode(`retry: 2000\nid: ${options.after}\n\n`));
      },
      async pull(controller) {
        try {
          const text = await reader.next();
          if (text !== undefined) controller.enqueue(encode(text));
        } catch (error) {
          if (reader.stopped) return;
          // The head of the answer was sent, so the only way to report this is to end the stream; clients come back by
          // themselves.
          if (!(error instanceof ClosedError)) options.log.warn("stream.broken", errorFields(error));
          end();
          controller.close();
        }
      },
      cancel: () => end(),
    },
    { highWaterMark: 0 },
  );
}

class ChangeReader {
  readonly #options: ChangeStreamOptions;
  readonly #bell = new Bell();
  readonly #stopListening: () => void;
  readonly #stop = new AbortController();
  #at: number;
  #last: "full" | "some" | "none" = "full";
  /** How often the bell had rung before the last read: a change that comes during it rings for the next one. */
  #heard = 0;

  constructor(options: ChangeStreamOptions) {
    this.#options = options;
    this.#at = options.after;
    this.#stopListening = options.ledger.onChange(() => this.#bell.ring());
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** The next lines to send, after a while of silence a heartbeat; `undefined` once stopped. */
  async next(): Promise<string | undefined> {
    const heartbeatAt = performance.now() + heartbeatMs;
    const { signal } = this.#stop;
    while (!this.stopped) {
      const ms = Math.min(lookMs, heartbeatAt - performance.now());
      if (this.#last === "none") await this.#bell.wait(ms, signal, this.#heard);
      if (this.#last !== "full") await sleep(gatherMs, signal);
      const changes = await this.#read();
      if (this.stopped) break;
      const wanted = changes.filter(({ record }) => this.#options.wants(record));
      if (wanted.length > 0) return wanted.map(eventText).join("");
      // The id lets a client that filters resume here, and not at the last event that it wanted.
      if (performance.now() >= heartbeatAt) return `: still here\nid: ${this.#at}\n\n`;
    }
    return undefined;
  }

  stop(): void {
    this.#stopListening();
    this.#stop.abort();
  }

  async #read(): Promise<readonly Change[]> {
    this.#heard = this.#bell.rung;
    const changes = await this.#options.ledger.changes(this.#at, mostChanges);
    this.#at = changes.at(-1)?.id ?? this.#at;
    this.#last = changes.length === mostChanges ? "full" : changes.length > 0 ? "some" : "none";
    return changes;
  }
}

function eventText({ id, record }: Change): string {
  return `id: ${id}\nevent: event\ndata: ${JSON.stringify(record)}\n\n`;
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
