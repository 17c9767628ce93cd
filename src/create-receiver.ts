import type { IncomingMessage, ServerResponse } from "node:http";
import { nodeReceiver } from "./adapters/node.ts";
import { webReceiver } from "./adapters/web.ts";
import type { UserConfig } from "./config/define-config.ts";
import type { serverSettings } from "./config/keys.ts";
import { loadConfig } from "./config/load-config.ts";
import { noteQueue } from "./config/folder/queue-note.ts";
import { inWordsOfOptions } from "./config/file/words-of-options.ts";
import { ConfigError } from "./errors.ts";
import { doAll } from "./lib/async/do-all.ts";
import type { Message } from "./event/message.ts";
import type { EventPattern } from "./event/names.ts";
import { guardedLog } from "./guarded-log.ts";
import { isBundled, leaveOut } from "./lib/is-bundled.ts";
import { isPlainObject } from "./lib/plain-object.ts";
import { silentLog, type Log } from "./log.ts";
import { assertOneHistory } from "./process/share/one-history.ts";
import { Processing } from "./processing.ts";
import { Drift } from "./schema/drift.ts";
import { openStores } from "./stores.ts";
import { receiveOf } from "./receiving.ts";
import { tellRefusals } from "./receive/refusals.ts";
import type { Reply } from "./receive/reply.ts";

/** Options of `createReceiver`: the settings of `hookwell.config.ts` that apply there, the secret, and a log. */
export interface ReceiverOptions<Patterns extends string = string> extends Omit<
  UserConfig<Patterns>,
  (typeof serverSettings)[number]
> {
  /** The secret that is set at the sender. To use several, as in a rotation, name them in `secrets`. */
  readonly secret?: string | undefined;
  /** Where to log. Default: nowhere. A log that throws does no harm. */
  readonly log?: Log | undefined;
}

/** Handles the sender's requests inside a server of your own. */
export interface Receiver {
  /** For `http.createServer`, Express or Connect. Nothing may have read the body before. */
  readonly node: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /**
   * For any web-standard framework: `Request` in, `Response` out. Rejects if the client disconnects before the end of
   * the body.
   */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Lets running handlers finish, and closes the files. Stop accepting requests first. May be called twice. A handler
   * must not await it: the two would wait for each other until the time to finish (6 s) is over, and the event would be
   * handled again after the next start.
   */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a receiver inside a server of your own: it verifies requests, stores their events durably and answers. With
 * `handlers` it also processes the events; without, they wait in the queue for `hookwell process` on the same data
 * folder.
 *
 * @param options settings as in `hookwell.config.ts`, with the same names, units and defaults; environment variables
 *   are not read
 * @throws {ConfigError} `CONFIG_INVALID` if options are wrong (it lists them all), if there is no secret, or if another
 *   worker handles the events of the queue while this one has a ledger of its own
 * @throws {DataInUseError} `DATA_IN_USE` if another process, or another receiver of this one, processes the events of
 *   this data folder
 * @throws {DataVersionError} `DATA_VERSION` if a newer Hookwell wrote the files
 * @throws {DataUnusableError} `DATA_UNUSABLE` if a file is damaged or cannot be written
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { createReceiver } from "hookwell";
 *
 * const receiver = await createReceiver({
 *   secret: process.env["WEBHOOK_SECRET"],
 *   handlers: {
 *     "message.failed": (event) => console.error(event.payload.id, event.payload.details.failureReason),
 *   },
 * });
 * createServer(receiver.node).listen(3000);
 * ```
 */
export async function createReceiver<Patterns extends EventPattern>(
  options: ReceiverOptions<Patterns> = {},
): Promise<Receiver> {
  try {
    return await openReceiver(options);
  } catch (error) {
    throw inWordsOfOptions(error);
  }
}

async function openReceiver(given: ReceiverOptions): Promise<Receiver> {
  if (isBundled()) throw new ConfigError([leaveOut]);
  assertPlain(given);
  const config = await loadConfig({ env: {}, flags: {}, cwd: process.cwd(), options: { ...given } });
  const log = guardedLog(given.log ?? silentLog);
  for (const warning of config.warnings) log.warn("config.warning", { warning });
  const processes = Object.keys(config.handlers).length > 0;
  const stores = await openStores({
    config,
    log,
    withLedger: processes,
    receives: true,
    isServer: true,
  });
  try {
    if (stores.secrets.active().length === 0)
      throw new ConfigError(["secret is missing: give createReceiver the secret that is set at the sender."]);
    if (stores.ledger !== undefined) await assertOneHistory({ queue: stores.queue, ledger: stores.ledger });
    await noteQueue(config, log);
  } catch (error) {
    await stores.close();
    throw error;
  }
  const receive = receiveOf(stores, log);
  const tellRefusal = tellRefusals(log, stores.quarantine);
  const options = { bodyLimit: config.bodyLimit, onReply: ({ kind }: Reply) => tellRefusal(kind) };
  const drift = new Drift({ log, now: Date.now });
  const told = { onFirstRun: (message: Message) => drift.see(message) };
  const processing =
    stores.ledger && new Processing({ ...stores, ledger: stores.ledger }, config, config.handlers, log, told);
  let closed: Promise<void> | undefined;
  const closeAll = (): Promise<void> => doAll([async () => processing?.close(), () => stores.close()]);
  const close = (): Promise<void> => (closed ??= closeAll());
  return {
    node: nodeReceiver(receive, options),
    fetch: webReceiver(receive, options),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function assertPlain(options: unknown): void {
  if (isPlainObject(options)) return;
  throw new ConfigError(["The options of createReceiver are not a plain object: write { secret: … }."]);
}
