import { Worker } from "node:worker_threads";
import { pack, unpack, type Packed } from "./spans.ts";

/** One call of a thread's service: what to do, and byte strings that go with it. */
export interface ThreadCall {
  readonly method: string;
  readonly arg: unknown;
  /** How many of the batch's byte strings belong to this call. */
  readonly parts: number;
}

/** What came of a call: a value and byte strings, or an error. */
export interface ThreadResult {
  readonly value?: unknown;
  readonly parts: number;
  /** Why there is no value. */
  readonly error?: string;
}

/** Calls or results of one round trip. */
export interface ThreadBatch<T> {
  readonly items: readonly T[];
  readonly packed: Packed;
}

export interface Answer {
  readonly value: unknown;
  readonly parts: readonly Uint8Array[];
}

interface Waiting extends ThreadCall {
  readonly bytes: readonly Uint8Array[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Calls a service that lives in a worker thread. One batch is under way at a time; calls made meanwhile, and calls of
 * the same turn of the event loop, travel together in the next. So the service sees groups that grow with the load,
 * and can give each group one commit. A thread that dies fails its calls; the next call starts a new one.
 */
export class ThreadClient {
  readonly #url: URL;
  readonly #data: unknown;
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];
  #underWay: readonly Waiting[] = [];
  #scheduled = false;

  /** @param url the thread's module; `data` reaches it as its `workerData` */
  constructor(url: URL, data: unknown) {
    this.#url = url;
    this.#data = data;
  }

  /** Resolves with what the service answers; rejects if it cannot. */
  call(method: string, arg: unknown, bytes: readonly Uint8Array[] = []): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ method, arg, parts: bytes.length, bytes, resolve, reject });
      this.#schedule();
    });
  }

  /** Ends the thread at once; what is under way fails. Ask the service to close before. */
  async terminate(): Promise<void> {
    await this.#worker?.terminate();
  }

  #schedule(): void {
    if (this.#scheduled || this.#underWay.length > 0 || this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    this.#underWay = this.#waiting;
    this.#waiting = [];
    const items = this.#underWay.map(({ method, arg, parts }) => ({ method, arg, parts }));
    const packed = pack(this.#underWay.flatMap((call) => call.bytes));
    const batch: ThreadBatch<ThreadCall> = { items, packed };
    this.#worker ??= this.#start();
    this.#worker.postMessage(batch, [packed.bytes.buffer]);
  }

  #start(): Worker {
    const worker = new Worker(this.#url, { workerData: this.#data, stdout: false, stderr: false });
    worker.on("message", (batch: ThreadBatch<ThreadResult>) => this.#receive(batch));
    worker.on("error", (error) => this.#failed(worker, error.message));
    worker.on("exit", () => this.#failed(worker, "The thread ended."));
    return worker;
  }

  #receive({ items, packed }: ThreadBatch<ThreadResult>): void {
    const calls = this.#underWay;
    this.#underWay = [];
    const bytes = unpack(packed);
    let at = 0;
    for (const [index, call] of calls.entries()) {
      const result = items[index];
      if (result === undefined) {
        call.reject(new Error("The thread gave no answer."));
      } else if (result.error === undefined) {
        call.resolve({ value: result.value, parts: bytes.slice(at, at + result.parts) });
        at += result.parts;
      } else {
        call.reject(new Error(result.error));
      }
    }
    this.#schedule();
  }

  #failed(worker: Worker, message: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const calls = this.#underWay;
    this.#underWay = [];
    for (const call of calls) call.reject(new Error(message));
    this.#schedule();
  }
}

/** The module of a thread beside the caller's: `.ts` when run from the sources, `.js` when built. */
export function threadUrl(name: string, importerUrl: string): URL {
  return new URL(`./${name}${importerUrl.endsWith(".ts") ? ".ts" : ".js"}`, importerUrl);
}
