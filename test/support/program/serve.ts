/**
 * The program of `process.ts`: parts of Hookwell with a handler that keeps a journal. Run by node itself, from the
 * sources, so that a test can kill it.
 *
 * TEST_PARTS: serve, receive or process. TEST_JOURNAL: file of the journal. TEST_HANDLER_MS: how long a handler takes,
 * such as 20, or 0-3 for something in between. TEST_POISON: id of an event at whose handler the process ends, after
 * that time. All else is Hookwell's own environment.
 */
import { EventEmitter } from "node:events";
import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startApp, type RunningApp, type StartOptions } from "../../../src/app.ts";
import { runUntilStopped } from "../../../src/cli/signals.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { HookwellError } from "../../../src/errors.ts";
import { jsonLog } from "../../../src/log.ts";
import { toLine } from "./journal.ts";
import { journaling } from "./journaling.ts";

const { env } = process;
// A test that dies takes its servers with it.
process.stdin.on("end", () => process.exit(1)).resume();
// Not SIGPIPE: a process that listens to it gets one for each connection to a server that breaks.
const signals = new EventEmitter();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => signals.emit(name));

const file = openSync(env["TEST_JOURNAL"] ?? "", "a");
const [leastMs = 0, mostMs = leastMs] = (env["TEST_HANDLER_MS"] ?? "0").split("-").map(Number);
const handler = journaling(
  process.pid,
  (entry) => void writeSync(file, toLine(entry)),
  async ({ eventId }, { signal }) => {
    const ms = leastMs + Math.random() * (mostMs - leastMs);
    if (ms > 0) await sleep(ms, undefined, { signal });
    if (eventId === env["TEST_POISON"]) process.exit(3);
  },
);

try {
  const config = { ...(await loadConfig({ env, flags: {}, cwd: "/" })), handlers: { "*": handler } };
  const log = jsonLog(config.logLevel, (line) => process.stderr.write(line));
  const parts = env["TEST_PARTS"] as StartOptions["parts"];
  const start = (onListening: () => void): Promise<RunningApp> =>
    startApp({
      parts,
      config,
      log,
      printEvent: () => undefined,
      onCreated: () => undefined,
      onListening,
    });
  process.exitCode = await runUntilStopped(start, signals, log);
  process.exit();
} catch (error) {
  const code = error instanceof HookwellError ? error.code : "UNEXPECTED";
  process.stderr.write(`${JSON.stringify({ fact: "start.failed", code, error: String(error) })}\n`);
  process.exit(2);
}
