import type { UserConfig } from "../config/define-config.ts";
import type { Log } from "../log.ts";
import type { Sandbox, SandboxOptions } from "../sandbox/sandbox.ts";
import type { SeenEvent } from "./seen-event.ts";
import type { Postable } from "./signed.ts";

/** The settings of `createReceiver` that matter to a test. */
type Settings<Patterns extends string> = Pick<
  UserConfig<Patterns>,
  | "handlers"
  | "families"
  | "concurrency"
  | "handlerTimeout"
  | "maxAttempts"
  | "backoffMin"
  | "backoffMax"
  | "bodyLimit"
>;

/** Options of `createTestKit`; settings have the names, units and defaults of `createReceiver`. */
export interface TestKitOptions<Patterns extends string = string> extends Settings<Patterns> {
  /** With which deliveries are signed and verified. Default: one of the kit's own. */
  readonly secret?: string | undefined;
  /** What the clock of the kit shows at first. Default: the beginning of 2026, so that tests repeat. */
  readonly startAt?: Date | string | number | undefined;
  /** How the sandbox of the kit is to be. Default: each message is sent, delivered and read, a second apart. */
  readonly sandbox?: Omit<SandboxOptions, "clock" | "timeScale" | "fetch"> | undefined;
  /** Where to log. Default: nowhere. */
  readonly log?: Log | undefined;
}

/** A receiver in memory, to test handlers with. Everything in it is its own, so that many can be used side by side. */
export interface TestKit extends AsyncDisposable {
  /** The secret of the sender. */
  readonly secret: string;
  /**
   * Posts events as the sender does: signed, as one request, through everything that a real one goes through.
   *
   * @returns the answer that the sender gets. The events are in the queue by then; `settled` waits for their handlers
   * @throws {Error} if the receiver does not accept them
   */
  deliver(what: Postable): Promise<Response>;
  /** Posts a request of your own, such as a forged one. */
  fetch(request: Request): Promise<Response>;
  /**
   * The sender, emulated: it posts into this receiver, on the same clock. Every event is registered, with the kit's
   * secret. It begins when it is first asked for. Let time pass by the kit's own `advance` and `settled`: the sandbox's do
   * not wait for handlers.
   */
  readonly sandbox: Sandbox;
  /**
   * Resolves when no handler runs and none is about to: each event is handled, obsolete or dead, or waits for the clock
   * to be tried again; and nothing of the sandbox is under way.
   *
   * @throws {ClosedError} `CLOSED` if the kit is closed before
   */
  settled(): Promise<void>;
  /**
   * Moves the clock, in ms or as `"30s"`, `"5m"`, `"1h"`. It stops at every moment at which a retry, or something of the
   * sandbox, is due, until all is settled there; so nothing comes late, and all is settled when the promise resolves.
   *
   * @throws {ConfigError} `CONFIG_INVALID` if this is no span of time
   */
  advance(time: number | string): Promise<void>;
  /** What the clock shows, in ms since 1970. */
  now(): number;
  /** All events that were taken from the queue, in the order of their first time. */
  events(): readonly SeenEvent[];
  /** One of them; `undefined` if there is none with this id. */
  event(eventId: string): SeenEvent | undefined;
  /** Events that were handled, in that order. Those for which there is no handler count as handled. */
  handled(): readonly SeenEvent[];
  /** Events whose handler failed for good. */
  deadLetters(): readonly SeenEvent[];
  /**
   * Lets an event be handled again, as `hookwell dead-letters replay` does.
   *
   * @throws {RangeError} if there is none with this id
   */
  replay(eventId: string): Promise<void>;
  /** Listens on a free port of this machine, for a sender in another process. Returns the URL; `close` ends it. */
  listen(): Promise<string>;
  /** Ends everything. Handlers that still run are told by their signal, and not waited for. May be called twice. */
  close(): Promise<void>;
}
