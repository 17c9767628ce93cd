import { once } from "node:events";
import { resolve } from "node:path";
import { codeOf } from "../../lib/error-code.ts";
import { createSandbox } from "../../sandbox/create-sandbox.ts";
import { type ListeningSandbox, serveSandbox } from "../../sandbox/rest/serve-sandbox.ts";
import type { Limits, Region } from "../../sandbox/rest/limits.ts";
import type { DeliveryAttempt, Sandbox, SandboxOptions } from "../../sandbox/sandbox.ts";
import type { ScheduleName } from "../../sandbox/schedule.ts";
import type { ExitCode, Input, Options } from "../command.ts";
import { CommandError } from "../failure.ts";
import type { Io } from "../io.ts";
import { interruption } from "../signals.ts";
import { stderrLog } from "../terminal-log.ts";
import { deliveryLine } from "../view/delivery-line.ts";
import { jsonLine } from "../view/json-line.ts";
import { faultsOf } from "./fault-options.ts";
import { credentialsOf } from "./options.ts";
import { sandboxWelcome } from "./welcome.ts";

/** While so many bytes wait for the reader, no more deliveries are printed; `GET /sandbox/deliveries` has them. */
const mostWaiting = 8 * 1024 * 1024;

/** What `hookwell sandbox` does. */
export async function run({ options, io }: Input): Promise<ExitCode> {
  using interrupted = interruption(io.signals);
  const stopped = once(interrupted.signal, "abort");
  // Without a seed of their own, two starts would give the same event ids, and a receiver take all for repeats.
  const seed = options.number("seed") ?? Math.floor(io.random() * 0x1_0000_0000);
  await using sandbox = createSandbox({
    ...sandboxOptionsOf(options, io),
    seed,
    onAttempt: printer(options, io, interrupted.signal),
  });
  await using listening = await listen(sandbox, options);
  sandboxWelcome(sandbox, listening.url, options, io);
  await stopped;
  return 0;
}

function sandboxOptionsOf(options: Options, io: Io): SandboxOptions {
  const [data, scenario] = [options.text("data"), options.text("scenario")];
  return {
    timeScale: options.number("timeScale") ?? 1,
    schedule: (options.text("schedule") ?? "A") as ScheduleName,
    faults: faultsOf(options),
    credentials: credentialsOf(options),
    ...(data !== undefined && { data: resolve(io.cwd, data) }),
    ...(scenario !== undefined && { scenario }),
    log: stderrLog("error", io),
  };
}

async function listen(sandbox: Sandbox, options: Options): Promise<ListeningSandbox> {
  const port = options.number("port") ?? 4010;
  const host = options.text("host") ?? "127.0.0.1";
  try {
    return await serveSandbox(sandbox, { port, host, limits: limitsOf(options) });
  } catch (cause) {
    throw new CommandError(whyNot(codeOf(cause), port, host), { cause });
  }
}

function whyNot(code: string | undefined, port: number, host: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `--port is ${port}, which another program uses already: choose another one, or 0 for any free one.`;
    case "EACCES":
      return `--port is ${port}, which this user may not listen on: choose one above 1023.`;
    default:
      return `--host is ${host}, which is no address of this machine: write 127.0.0.1, 0.0.0.0 or ::.`;
  }
}

function limitsOf(options: Options): Partial<Limits> {
  return {
    region: (options.text("region") ?? "r1") as Region,
    rateLimit: options.number("rateLimit") ?? null,
    legacyRateLimit: options.has("legacyRateLimit"),
  };
}

/** Attempts that the end of the sandbox cuts off are not told. */
function printer(
  options: Options,
  { stdout }: Io,
  stopping: AbortSignal,
): (attempt: DeliveryAttempt) => void {
  const textOf = options.has("json")
    ? jsonLine
    : (attempt: DeliveryAttempt) => `${deliveryLine(attempt, stdout)}\n`;
  return (attempt) => {
    if (!stopping.aborted && stdout.waiting < mostWaiting) stdout.write(textOf(attempt));
  };
}
