import { EventEmitter } from "node:events";
import { within } from "../lib/async/within.ts";
import { watchOutputs } from "./broken-output.ts";
import type { Io, OpenLocalApi, SignalName, StartApp } from "./io.ts";
import { withPriority } from "./journal.ts";
import { main } from "./main.ts";
import { outputOf } from "./output-of.ts";

// The process: everything else of the command line takes its world as an argument.

const signals = new EventEmitter<Record<SignalName, []>>();

/** Ends as the signal would have ended a program that does not listen, unless the command does. */
function forward(name: SignalName, exitCode: number): void {
  if (signals.emit(name)) return;
  // A Ctrl-C stands behind the line that tells how far the work is; what the shell writes does not belong there.
  if (process.stderr.isTTY) process.stderr.write("\n");
  process.exit(exitCode);
}

process.on("SIGINT", () => forward("SIGINT", 130));
process.on("SIGTERM", () => forward("SIGTERM", 143));
process.on("SIGHUP", () => {
  // In Windows it means nothing else than that the terminal is being closed, which ends the process 10 s later.
  if (process.platform === "win32") return forward("SIGPIPE", 0);
  // It may mean that the terminal was closed. Only a write finds that out, and a process that writes nothing would go
  // on without a terminal.
  for (const stream of [process.stdout, process.stderr]) if (stream.isTTY) stream.write("");
  forward("SIGHUP", 129);
});
let isServing = false;

watchOutputs([process.stdout, process.stderr], {
  // A reader that has gone is no failure.
  gone: () => forward("SIGPIPE", 0),
  lost: ({ message }) => {
    // A server does not stop because a line of its output was lost; the next line may find room again.
    if (isServing) return;
    process.stderr.write(`✗ The output cannot be written: ${message}. Make room, or send it elsewhere.\n`);
    process.exit(1);
  },
});

// Loaded when they are needed: most commands start no server and open no database.
const startApp: StartApp = async (options) => {
  isServing = true;
  return (await import("../app.ts")).startApp(options);
};
const openLocalApi: OpenLocalApi = async (...args) => (await import("../local-api.ts")).openLocalApi(...args);

const io: Io = {
  stdin: Object.assign(process.stdin, { isTTY: process.stdin.isTTY }),
  stdout: outputOf(process.stdout, process.env),
  stderr: outputOf(process.stderr, process.env),
  env: process.env,
  cwd: process.cwd(),
  now: Date.now,
  random: Math.random,
  signals,
  startApp,
  openLocalApi,
  fetch: (request, init) => fetch(request, init),
};

/**
 * Warnings about parts of Node that are still experimental, and about how a configuration file is written, which is its
 * author's choice.
 */
const quietWarnings = ["ExperimentalWarning", "MODULE_TYPELESS_PACKAGE_JSON"];

process.removeAllListeners("warning");
process.on("warning", (warning: Error & { readonly code?: string }) => {
  if (quietWarnings.includes(warning.name) || quietWarnings.includes(warning.code ?? "")) return;
  const text = `${warning.name}: ${warning.message}\n`;
  io.stderr.write(io.stderr.isJournal ? withPriority("warn", text) : text);
});

const code = await main(process.argv.slice(2), io);
// What a configuration file has opened must not keep a finished command alive; only its output must still go out.
const written = Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))),
);
// Who was told to end, as every server is, does not wait until somebody reads on.
const isSignaled = code > 128;
await (isServing || isSignaled ? within(1_000, written) : written);
process.exit(code);
