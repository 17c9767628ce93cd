/** A service for the tests of threads: its batches can be seen, and it dies on demand. */
import { parentPort, workerData } from "node:worker_threads";
import type { ServiceAnswer, ServiceCall } from "../../../src/lib/threads/thread-calls.ts";
import { serveThread } from "../../../src/lib/threads/thread-service.ts";

/** Tells one life of the thread from the next. */
const life = Math.random();

const { gather = true, closed } = (workerData ?? {}) as {
  readonly gather?: boolean;
  readonly closed?: SharedArrayBuffer;
};
serveThread<Record<string, (arg: unknown) => unknown>>(
  (calls) => calls.map((call) => answer(call, calls.length)),
  { gather, close },
);

/** Slow, so that an answer that did not wait for it would be seen to come before its sign. */
function close(): void {
  if (closed === undefined) return;
  const sign = new Int32Array(closed);
  Atomics.wait(sign, 0, 0, 50);
  Atomics.store(sign, 0, 1);
}

function answer({ method, arg, bytes }: ServiceCall, batch: number): ServiceAnswer {
  switch (method) {
    case "echo":
      return { value: arg, bytes };
    case "batch":
      return { value: batch };
    case "hold": {
      const [begun, done] = [0, 1];
      const signs = new Int32Array(arg as SharedArrayBuffer);
      Atomics.store(signs, begun, 1);
      Atomics.notify(signs, begun);
      Atomics.wait(signs, done, 0);
      return {};
    }
    case "data":
      return { value: workerData as unknown };
    case "life":
      return { value: life };
    case "notice":
      parentPort?.postMessage({ "watch:import": [import.meta.url] });
      return { value: arg };
    case "refuse":
      return { error: String(arg) };
    case "throw":
      throw new Error(String(arg));
    case "exit":
      process.exit(3);
    // oxlint-disable-next-line no-fallthrough -- the process has ended
    case "close":
      return {};
    default:
      throw new RangeError(`The thread does not know ${method}.`);
  }
}
