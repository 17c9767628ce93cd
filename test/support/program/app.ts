import { startApp, type StartOptions } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { HookwellEvent } from "../../../src/event/typed-event.ts";
import type { Handler, Handlers } from "../../../src/process/handlers.ts";
import { type LoggedFact, recordedLog } from "../../../src/testing/recorded-log.ts";
import { clientOf, testSecret, testToken, type Client } from "./client.ts";
import { tempFolder } from "../temp-folder.ts";

export interface TestAppOptions {
  readonly parts?: StartOptions["parts"];
  /** Environment on top of the tests' own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: one that takes every event. */
  readonly handlers?: Readonly<Record<string, Handler>>;
  /** Data folder, to start again on it; default: a new one. */
  readonly data?: string;
}

/** A whole Hookwell in this process, on a free port. */
export interface TestApp extends Client, AsyncDisposable {
  readonly url: string;
  /** The data folder. */
  readonly data: string;
  /** Events whose handler came to its end, in that order. */
  readonly handled: readonly HookwellEvent[];
  readonly log: readonly LoggedFact[];
  reload(): Promise<void>;
  /** Stops it; its folder stays until the end of the block. */
  close(): Promise<void>;
}

/**
 * @example
 * ```ts
 * await using app = await startTestApp({ handlers: { "*": slowly } });
 * ```
 */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = await tempFolder();
  const data = options.data ?? folder.path;
  const handled: HookwellEvent[] = [];
  const { log, lines } = recordedLog();
  try {
    const app = await startApp({
      parts: options.parts ?? "serve",
      config: await configOf(data, options, (event) => handled.push(event)),
      log,
      printEvent: () => undefined,
      onCreated: () => undefined,
    });
    return {
      ...clientOf(app.url),
      url: app.url,
      data,
      handled,
      log: lines,
      reload: () => app.reload(),
      close: () => app.close(),
      [Symbol.asyncDispose]: async () => {
        await app.close();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

async function configOf(
  folder: string,
  { env = {}, handlers = { "*": () => undefined } }: TestAppOptions,
  onHandled: (event: HookwellEvent) => void,
): Promise<StartOptions["config"]> {
  const config = await loadConfig({ env: { ...testEnv(folder), ...env }, flags: {}, cwd: folder });
  const watched = Object.entries(handlers).map(([pattern, handler]) => [pattern, watch(handler, onHandled)]);
  return { ...config, handlers: Object.fromEntries(watched) as Handlers };
}

function watch(handler: Handler, onHandled: (event: HookwellEvent) => void): Handler {
  return async (event, context) => {
    await handler(event, context);
    onHandled(event);
  };
}

/** Settings that every server of a test has. Retries come quickly. */
export function testEnv(folder: string): Record<string, string> {
  return {
    PORT: "0",
    HOOKWELL_DATA: folder,
    HOOKWELL_SECRET: testSecret,
    HOOKWELL_TOKEN: testToken,
    HOOKWELL_EVENT_LOG: "off",
    HOOKWELL_BACKOFF_MIN: "1ms",
    HOOKWELL_BACKOFF_MAX: "5ms",
  };
}
