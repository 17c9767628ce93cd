import type { EventPattern } from "../event/names.ts";
import type { UserConfig } from "../config/define-config.ts";
import { loadConfig } from "../config/load-config.ts";
import { duration } from "../config/parsers.ts";
import { inWordsOfOptions } from "../config/file/words-of-options.ts";
import { ConfigError } from "../errors.ts";
import { silentLog, type Log } from "../log.ts";
import { type Postable, signedRequest } from "./signed-request.ts";
import type { SeenEvent } from "./seen-event.ts";
import { MemoryReceiver } from "./memory-receiver.ts";

/** Options of `createTestKit`: the settings of `createReceiver` that matter to a test, with the same names and units. */
export interface TestKitOptions<Patterns extends string = string> extends Pick<
  UserConfig<Patterns>,
  | "handlers"
  | "families"
  | "concurrency"
  | "handlerTimeout"
  | "maxAttempts"
  | "backoffMin"
  | "backoffMax"
  | "bodyLimit"
> {
  /** With which deliveries are signed and verified. Default: one of its own. */
  readonly secret?: string | undefined;
  /** What the clock of the kit shows at first. Default: the time of the machine, which it then no longer follows. */
  readonly startAt?: Date | string | number | undefined;
  /** Where to log. Default: nowhere. */
  readonly log?: Log | undefined;
}

/** A receiver in memory, to test handlers with. Everything in it is its own, so that many can run side by side. */
export interface TestKit extends AsyncDisposable {
  /** The secret of the sender. */
  readonly secret: string;
  /**
   * Posts events as the sender does: signed, as one request, through everything that a real one goes through.
   *
   * @returns the answer that the sender would get. The events are in the queue by then; `settled` waits for handlers
   * @throws {Error} if the receiver did not accept them
   */
  deliver(what: Postable): Promise<Response>;
  /** Posts a request of your own, such as a forged one. */
  fetch(request: Request): Promise<Response>;
  /**
   * Resolves when no handler runs and none is about to: each event is handled, obsolete or dead, or waits for the clock
   * to be tried again.
   */
  settled(): Promise<void>;
  /**
   * Moves the clock, in ms or as `"30s"`, `"5m"`, `"1h"`. It stops at every moment at which a retry is due, until all is
   * settled there; so nothing comes late, and all is settled when the promise resolves.
   *
   * @throws {ConfigError} if this is no span of time
   */
  advance(time: number | string): Promise<void>;
  /** What the clock shows, in ms since 1970. */
  now(): number;
  /** All events that came, in the order in which they were first taken from the queue. */
  events(): readonly SeenEvent[];
  /** An event by its id; `undefined` if none came. */
  event(eventId: string): SeenEvent | undefined;
  /** Events that were handled, in that order. Those for which there is no handler count as handled. */
  handled(): readonly SeenEvent[];
  /** Events whose handler failed for good. */
  deadLetters(): readonly SeenEvent[];
  /**
   * Lets an event be handled again, as `hookwell dead-letters replay` does.
   *
   * @throws {RangeError} if no event has this id
   */
  replay(eventId: string): Promise<void>;
  /** Listens on a free port of this machine, for a sender in another process. Returns the URL; `close` ends it. */
  listen(): Promise<string>;
  /** Ends everything. Handlers that still run are told by their signal and not waited for. May be called twice. */
  close(): Promise<void>;
}

/**
 * Opens a receiver in memory with your handlers and a clock that only `advance` moves. It is the real one, with a queue
 * and a ledger in memory: it verifies signatures, drops repeats and obsolete events, retries, and gives up. No port, no
 * file, no global is touched. After a failure an event waits exactly `backoffMin` and twice as long each further time,
 * up to `backoffMax`: without the random part that spreads retries elsewhere. The time that a handler may take
 * (`handlerTimeout`) is real time.
 *
 * @throws {ConfigError} `CONFIG_INVALID` if options are wrong (it lists them all)
 * @example
 * ```ts
 * import { expect, test } from "vitest";
 * import { aMessage, createTestKit } from "hookwell/testing";
 * import { handlers } from "./handlers.ts";
 *
 * test("a message that was read is stored once", async () => {
 *   await using kit = await createTestKit({ handlers });
 *
 *   await kit.deliver(aMessage().sent().delivered().read());
 *   await kit.settled();
 *
 *   expect(kit.handled().map(({ name }) => name)).toEqual(["message.sent", "message.delivered", "message.read"]);
 * });
 * ```
 */
export async function createTestKit<Patterns extends EventPattern>(
  options: TestKitOptions<Patterns> = {},
): Promise<TestKit> {
  const { startAt = Date.now(), secret = "secret-of-the-test-kit", ...settings } = options;
  const now = new Date(startAt).getTime();
  if (Number.isNaN(now))
    throw new ConfigError([`startAt is no moment: write a Date, or "2026-01-31T12:00Z".`]);
  const config = await configOf({ ...settings, secret });
  const receiver = new MemoryReceiver(config, secret, now, options.log ?? silentLog);
  return kitOf(receiver, secret);
}

async function configOf(options: Readonly<Record<string, unknown>>): ReturnType<typeof loadConfig> {
  try {
    return await loadConfig({ env: {}, flags: {}, cwd: process.cwd(), options });
  } catch (error) {
    throw inWordsOfOptions(error);
  }
}

function kitOf(receiver: MemoryReceiver, secret: string): TestKit {
  const close = (): Promise<void> => receiver.close();
  return {
    secret,
    deliver: async (what) => {
      const response = await receiver.fetch(signedRequest(what, secret, inMemory));
      if (!response.ok) throw new Error(`The receiver answered ${response.status}: ${await response.text()}`);
      return response;
    },
    fetch: (request) => receiver.fetch(request),
    settled: () => receiver.settled(),
    advance: async (time) => receiver.advance(msOf(time)),
    now: () => receiver.now(),
    events: () => receiver.events(),
    event: (eventId) => receiver.event(eventId),
    handled: () => receiver.handled(),
    deadLetters: () => receiver.events().filter(({ status }) => status === "dead"),
    replay: (eventId) => receiver.replay(eventId),
    listen: () => receiver.listen(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Nothing listens there: requests need a URL. */
const inMemory = "http://hookwell.test/";

const centuryMs = 100 * 365 * 86_400_000;

function msOf(time: number | string): number {
  const parsed = duration(0, centuryMs)(time);
  if ("value" in parsed) return parsed.value;
  throw new ConfigError([`advance was given ${JSON.stringify(time)}: write ${parsed.expected}.`]);
}
