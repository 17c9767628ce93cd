import { errorFields, type Log } from "../log.ts";
import type { ExitCode } from "./command.ts";
import type { RunningApp } from "../app.ts";
import type { SignalName, Signals } from "./io.ts";

/** Exit codes of a program that a signal ended: 128 and the signal's number. */
export const endedBy = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 } as const;

/**
 * How long a stop may take, in ms, inside the 10 s after which the sender hangs up. Requests and handlers have 6 s of
 * it, the rest is for closing what they use; what is not done then will not be done.
 */
const longestStopMs = 9_000;

/**
 * For how long the same signal again is no second one, in ms. A Ctrl-C reaches every program of the terminal, and one
 * that started us may pass its own on; `timeout` sends its signal to us and to the group that we are in.
 */
const echoMs = 500;

/**
 * Waits until the app is closed. The first SIGINT or SIGTERM closes it, a second one ends the process at once; SIGHUP
 * reloads. One that comes before the app listens ends at once too, since nothing is under way; one that comes later
 * during the start lets it finish first.
 *
 * @throws what broke the app down, or its start
 */
export async function runUntilStopped(
  start: (onListening: () => void) => Promise<RunningApp>,
  signals: Signals,
  log: Log,
): Promise<ExitCode> {
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<ExitCode>();
  let timer: NodeJS.Timeout | undefined;
  let isListening = false;
  let last: { readonly signal: string; readonly at: number } | undefined;
  const starting = start(() => {
    isListening = true;
  });
  const stop = (signal: "SIGINT" | "SIGTERM") => (): void => {
    if (last?.signal === signal && performance.now() - last.at < echoMs) return;
    if (last !== undefined || !isListening) return end(endedBy[signal]);
    last = { signal, at: performance.now() };
    close(signal);
  };
  const close = (signal: keyof typeof endedBy): void => {
    if (timer !== undefined) return;
    log.info("app.stopping", { signal });
    timer = setTimeout(() => {
      log.warn("app.stop.slow", { afterMs: longestStopMs });
      end(1);
    }, longestStopMs);
    starting.then((app) => app.close()).catch(fail);
  };
  const reload = (): void => {
    const reloaded = (): void => log.info("app.reloaded");
    const failed = (error: unknown): void => log.error("app.reload.failed", errorFields(error));
    // A start that fails says so itself.
    starting.then(
      (app) => app.reload().then(reloaded, failed),
      () => undefined,
    );
  };
  using _listening = listening(signals, {
    SIGINT: stop("SIGINT"),
    SIGTERM: stop("SIGTERM"),
    // A Ctrl-C also ends whatever reads our output, such as `tee`: SIGPIPE and SIGINT then do not count as first and
    // second signal.
    SIGPIPE: () => (isListening ? close("SIGPIPE") : end(endedBy.SIGPIPE)),
    SIGHUP: reload,
  });
  starting.then((app) => app.closed).then(() => end(0), fail);
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Aborts when a person or the system ends a command that is under way, such as by Ctrl-C. */
export function interruption(
  signals: Signals,
): Disposable & { readonly signal: AbortSignal; code(): ExitCode } {
  const controller = new AbortController();
  let code: ExitCode = 0;
  const end = (by: ExitCode) => (): void => {
    code = by;
    controller.abort();
  };
  // A reader that has seen enough, as `head`, is no failure.
  const listeners = { SIGINT: end(endedBy.SIGINT), SIGTERM: end(endedBy.SIGTERM), SIGPIPE: end(0) };
  return { signal: controller.signal, code: () => code, ...listening(signals, listeners) };
}

/** Listens to these until it is disposed of. */
function listening(signals: Signals, listeners: Partial<Record<SignalName, () => void>>): Disposable {
  const all = Object.entries(listeners) as readonly (readonly [SignalName, () => void])[];
  for (const [name, listener] of all) signals.on(name, listener);
  return { [Symbol.dispose]: () => all.forEach(([name, listener]) => signals.off(name, listener)) };
}
