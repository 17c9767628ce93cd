/**
 * Loaded before a program (`node --import`), in each of its threads: a clock that can be set while it runs, as a
 * person or a time server does. Timers go on evenly, as they do when the clock of a machine is set.
 *
 * TORTURE_CLOCK: a file with two numbers: how far the clock is ahead, in ms, and after how many ms a timer of a minute
 * or more goes off, so that what happens every hour can be seen; 0 leaves timers as they are.
 */
import { readFileSync } from "node:fs";

const path = process.env["TORTURE_CLOCK"] ?? "";
/** How long a setting is taken for known, in ms. */
const knownMs = 5;
const minuteMs = 60_000;

let readAt = Number.NEGATIVE_INFINITY;
let setting: readonly number[] = [0, 0];

function settings(): readonly number[] {
  if (performance.now() - readAt > knownMs) {
    setting = readFileSync(path, "utf8").split(" ").map(Number);
    readAt = performance.now();
  }
  return setting;
}

const RealDate = Date;
const now = (): number => RealDate.now() + (settings()[0] ?? 0);

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === "now" ? now : (Reflect.get(target, key, receiver) as unknown)),
});

for (const name of ["setTimeout", "setInterval"] as const) {
  const real = globalThis[name];
  const hurried = (work: () => void, ms?: number, ...args: []): NodeJS.Timeout => {
    const hurryMs = settings()[1] ?? 0;
    return real(work, hurryMs > 0 && (ms ?? 0) >= minuteMs ? hurryMs : ms, ...args);
  };
  globalThis[name] = Object.assign(hurried, real) as typeof real & typeof setTimeout & typeof setInterval;
}
