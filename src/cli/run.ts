import { EventEmitter } from "node:events";
import { watchOutputs } from "./broken-output.ts";
import type { Io, OpenLocalApi, SignalName, StartApp } from "./io.ts";
import { main } from "./main.ts";
import { outputOf } from "./output-of.ts";

// The process: everything else of the command line takes its world as an argument.

const signals = new EventEmitter<Record<SignalName, []>>();

/** Ends as the signal would have ended a program that does not listen, unless the command does. */
function forward(name: SignalName, exitCode: number): void {
  if (!signals.emit(name)) process.exit(exitCode);
}

process.on("SIGINT", () => forward("SIGINT", 130));
process.on("SIGTERM", () => forward("SIGTERM", 143));
process.on("SIGHUP", () => {
  // It also tells that a terminal was closed; who writes nothing there would go on without one.
  for (const stream of [process.stdout, process.stderr]) if (stream.isTTY) stream.write("");
  forward("SIGHUP", 129);
});
let isServing = false;

watchOutputs([process.stdout, process.stderr], {
  // That is no failure.
  gone: () => forward("SIGPIPE", 0),
  lost: ({ message }) => {
    // What is lost of a server's words is no reason to stop its work; the next line may find room again.
    if (isServing) return;
    process.stderr.write(
      `✗ What is printed cannot be written: ${message}. Make room, or send it elsewhere.\n`,
    );
    process.exit(1);
  },
});

/** Node's own parts are known to be young; what a configuration file is written in is its author's choice. */
const quietWarnings = ["ExperimentalWarning", "MODULE_TYPELESS_PACKAGE_JSON"];

process.removeAllListeners("warning");
process.on("warning", (warning: Error & { readonly code?: string }) => {
  if (quietWarnings.includes(warning.name) || quietWarnings.includes(warning.code ?? "")) return;
  process.stderr.write(`${warning.name}: ${warning.message}\n`);
});

// Loaded when they are needed: most commands start no server and open no database.
const startApp: StartApp = async (options) => {
  isServing = true;
  return (await import("../app.ts")).startApp(options);
};
const openLocalApi: OpenLocalApi = async (config) => (await import("../local-api.ts")).openLocalApi(config);

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
};

const code = await main(process.argv.slice(2), io);
// What a configuration file has opened must not keep a command alive that is done; only what was written must go out.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))),
);
process.exit(code);
