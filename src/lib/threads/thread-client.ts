import { Worker } from "node:worker_threads";
import { codeOf } from "../error-code.ts";
import { leaveOut } from "../is-bundled.ts";
import { nothingPacked, packedTogether, unpack, type Packed } from "./spans.ts";

/** The calls of one round trip, column by column: a few long lists cross to the thread faster than many objects. */
export interface CallBatch {
  readonly methods: readonly string[];
  readonly args: readonly unknown[];
  /** How many of the byte strings belong to each call. */
  readonly parts: readonly number[];
  readonly packed: Packed;
}

/** The answers to the calls of a batch: a value and byte strings, or why there are none. */
export interface AnswerBatch {
  readonly values: readonly unknown[];
  readonly parts: readonly number[];
  /** Messages of errors, by the index of the call. */
  readonly failures: ReadonlyMap<number, string>;
  readonly packed: Packed;
}

export interface Answer<Value = unknown> {
  readonly value: Value;
  readonly parts: readonly Uint8Array[];
}

interface Waiting {
  readonly method: string;
  readonly arg: unknown;
  readonly packed: Packed;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Room for short-lived objects, in MiB. By default a thread may take three times as much, which makes it no faster. */
const youngMb = 16;

const noParts: readonly Uint8Array[] = [];

/** Calls that together have this many bytes leave before the turn ends: the thread can work on them meanwhile. */
const largeBytes = 64 * 1024;

/**
 * Calls a service that lives in a worker thread. Calls of the same turn of the event loop travel together, without
 * waiting for answers to those before. So neither side waits for the other while there is work, and the service can
 * give one commit to all that it finds. When a thread dies, its calls fail, also those that it had not begun; the next
 * call starts a new thread.
 */
export class ThreadClient {
  readonly #url: URL;
  readonly #data: unknown;
  #worker: Worker | undefined;
  /** Calls of this turn, and how many bytes they carry. */
  #gathered: Waiting[] = [];
  #gatheredBytes = 0;
  /** Calls that the thread has not answered, in order. */
  #underWay: Waiting[] = [];

  /** @param url the thread's module; `data` reaches it as its `workerData` */
  constructor(url: URL, data: unknown) {
    this.#url = url;
    this.#data = data;
  }

  /**
   * Resolves with what the service answers; rejects if it cannot.
   *
   * @param packed byte strings for the service; they are handed over, so the buffer is the caller's no more
   */
  call(method: string, arg: unknown, packed: Packed = nothingPacked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#gathered.length === 0) setImmediate(() => this.#send());
      this.#gathered.push({ method, arg, packed, resolve, reject });
      this.#gatheredBytes += packed.bytes.length;
      if (this.#gatheredBytes >= largeBytes) this.#send();
    });
  }

  /** Ends the thread at once; what is under way fails. Ask the service to close first. */
  async terminate(): Promise<void> {
    await this.#worker?.terminate();
  }

  #send(): void {
    const calls = this.#gathered;
    if (calls.length === 0) return;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    try {
      this.#post(calls);
    } catch (error) {
      // The system has no thread or no memory for us now. Nobody else would tell the callers.
      for (const call of calls) call.reject(error as Error);
      return;
    }
    for (const call of calls) this.#underWay.push(call);
  }

  /** @throws {Error} if it could not be sent; then nothing of it was */
  #post(calls: readonly Waiting[]): void {
    const packed = packedTogether(calls.map((call) => call.packed));
    const batch: CallBatch = {
      methods: calls.map(({ method }) => method),
      args: calls.map(({ arg }) => arg),
      parts: calls.map((call) => call.packed.lengths.length),
      packed,
    };
    this.#worker ??= this.#start();
    this.#worker.postMessage(batch, packed === nothingPacked ? [] : [packed.bytes.buffer]);
  }

  #start(): Worker {
    const worker = new Worker(this.#url, {
      workerData: this.#data,
      stdout: false,
      stderr: false,
      resourceLimits: { maxYoungGenerationSizeMb: youngMb },
    });
    worker.on("message", (message: AnswerBatch | object) => {
      // What a thread answered before it died may come after we heard of its death, when its calls have failed.
      if (this.#worker !== worker) return;
      // Under `node --watch`, Node itself sends what the thread imports.
      if ("values" in message) this.#receive(message);
    });
    worker.on("error", (error) => this.#failed(worker, reasonOf(error)));
    worker.on("exit", () => this.#failed(worker, "The thread ended."));
    return worker;
  }

  #receive({ values, parts, failures, packed }: AnswerBatch): void {
    const calls = this.#underWay.splice(0, values.length);
    const bytes = unpack(packed);
    let at = 0;
    for (const [index, call] of calls.entries()) {
      const failure = failures.get(index);
      const count = parts[index] ?? 0;
      if (failure !== undefined) call.reject(new Error(failure));
      else call.resolve({ value: values[index], parts: count === 0 ? noParts : bytes.slice(at, at + count) });
      at += count;
    }
  }

  #failed(worker: Worker, message: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const calls = this.#underWay;
    this.#underWay = [];
    for (const call of calls) call.reject(new Error(message));
  }
}

function reasonOf(error: Error): string {
  const code = codeOf(error);
  const isMissing = code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND";
  return isMissing ? `${error.message}. ${leaveOut}` : error.message;
}

/**
 * The module of a thread, run from the sources or as built.
 *
 * @param built `new URL("./my-thread.js", import.meta.url)`, written out: what collects the files of a deployment, such
 *   as the standalone output of Next.js, finds the module by that
 */
export function threadUrl(built: URL, importerUrl: string = import.meta.url): URL {
  return importerUrl.endsWith(".ts") ? new URL(built.href.replace(/\.js$/, ".ts")) : built;
}
