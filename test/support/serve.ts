/**
 * The program of `process.ts`: parts of Hookwell with a handler that keeps a journal. Run by node itself, from the
 * sources, so that a test can kill it.
 *
 * TEST_PARTS: serve, receive or process. TEST_JOURNAL: file of the journal. TEST_HANDLER_MS: how long a handler takes,
 * at random up to this. All else is Hookwell's own environment.
 */
import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startApp, type StartOptions } from "../../src/app.ts";
import { runUntilStopped } from "../../src/cli/signals.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { HookwellError } from "../../src/errors.ts";
import { Families } from "../../src/event/entity.ts";
import { jsonLog } from "../../src/log.ts";
import type { Handler } from "../../src/process/handlers.ts";
import { toLine, type JournalEntry } from "./journal.ts";

const { env } = process;
// A test that dies takes its servers with it.
process.stdin.on("end", () => process.exit(1)).resume();

const file = openSync(env["TEST_JOURNAL"] ?? "", "a");
const note = (entry: JournalEntry): void => void writeSync(file, toLine(entry));
const families = new Families();
const longestMs = Number(env["TEST_HANDLER_MS"] ?? "0");

const handler: Handler = async (event, { signal }) => {
  const { eventId, entity, revision } = event;
  const { state } = families.identify({ ...(event.json as object), name: event.name, eventId });
  const facts = { eventId, state: state ?? entity, revision };
  note({ kind: "begin", ...facts });
  if (longestMs > 0) await sleep(Math.random() * longestMs, undefined, { signal });
  note({ kind: "handled", ...facts });
};

try {
  note({ kind: "start" });
  const config = { ...(await loadConfig({ env, flags: {}, cwd: "/" })), handlers: { "*": handler } };
  const log = jsonLog(config.logLevel, (line) => process.stderr.write(line));
  const parts = env["TEST_PARTS"] as StartOptions["parts"];
  const app = await startApp({ parts, config, log, printEvent: () => undefined });
  process.exitCode = await runUntilStopped(app, process, log);
  process.exit();
} catch (error) {
  const code = error instanceof HookwellError ? error.code : "UNEXPECTED";
  process.stderr.write(`${JSON.stringify({ fact: "start.failed", code, error: String(error) })}\n`);
  process.exit(2);
}
