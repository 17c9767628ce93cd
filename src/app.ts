import { apiParts, type OfServer, secretUseOf } from "./api-parts.ts";
import type { Api } from "./api/answer.ts";
import { createApi } from "./api/api.ts";
import { requireToken } from "./api/auth.ts";
import { createMetrics, type Metrics } from "./api/metrics/metrics.ts";
import { openDataFolder, roomIn } from "./config/folder/data-folder.ts";
import type { Config } from "./config/load-config.ts";
import { noteQueue } from "./config/folder/queue-note.ts";
import { type Door, removeServerInfo, writeServerInfo } from "./config/folder/server-notes.ts";
import { loadOrCreateToken } from "./config/folder/token.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { doAll } from "./lib/async/do-all.ts";
import type { Log } from "./log.ts";
import { openBesideCommands } from "./open-beside-commands.ts";
import { assertOneHistory } from "./process/share/one-history.ts";
import { EventLog } from "./process/event-log.ts";
import { type PrintEvent, printEvents } from "./process/print-events.ts";
import { Processing } from "./processing.ts";
import { attemptOutcomes } from "./process/processor.ts";
import { replyKinds } from "./receive/reply.ts";
import { Drift } from "./schema/drift.ts";
import { reportEngines } from "./report-engines.ts";
import { serverOptions, serverParts } from "./server-parts.ts";
import { startServer, type HookwellServer } from "./server/server.ts";
import { graceMs, openStores, type Stores } from "./stores.ts";

export interface StartOptions {
  /** `serve` is both halves in one process. */
  readonly parts: "serve" | "receive" | "process";
  readonly config: Config;
  readonly log: Log;
  /** Shows an event to people; used when no handler is configured. */
  readonly printEvent: PrintEvent;
  /**
   * Told of a secret or token that this start has made, to be shown to a person once. The start may still fail after
   * that.
   */
  readonly onCreated: (created: Created) => void;
  /** Called when requests can come, some moments before the start is done. */
  readonly onListening?: () => void;
}

export type Created = { readonly secret: string } | { readonly token: string };

export interface RunningApp {
  /** Where it listens, such as `http://127.0.0.1:3000/`. */
  readonly url: string;
  /** Resolves when all parts are closed. */
  readonly closed: Promise<void>;
  /** Finishes what is under way and stops. May be called twice. */
  close(): Promise<void>;
  /** Reads certificate, key and secrets again. */
  reload(): Promise<void>;
}

/**
 * The one place that wires all parts together, in the order of the flow: configuration in, running parts out. They stop
 * in the same order.
 *
 * @throws {ConfigError} if a setting cannot be used here, such as a port that another program has, or a ledger of this
 *   machine alone beside another worker
 * @throws {DataInUseError} if another server processes the events of this data folder, or a command has them for long
 * @throws {DataVersionError} if a newer Hookwell wrote the files
 */
export async function startApp(options: StartOptions): Promise<RunningApp> {
  const { parts, config, log, onCreated } = options;
  // In the order of the stop: a part comes before those that it uses.
  const closing: (() => Promise<void> | void)[] = [];
  const close = (): Promise<void> => doAll(closing.splice(0));
  try {
    const withLedger = parts !== "receive";
    const receives = parts !== "process";
    if (receives && config.secrets.length === 0) await openDataFolder(config.data);
    const stores = await openStores({
      config,
      log,
      withLedger,
      receives,
      isServer: true,
      withPatience: (open) => openBesideCommands(config.data, log, open),
    });
    closing.push(() => stores.close());
    if (stores.ledger !== undefined) await assertOneHistory({ queue: stores.queue, ledger: stores.ledger });
    // Not earlier: a start that is refused, since another process has the folder, makes none.
    const secret = receives ? await stores.secrets.makeFirst() : undefined;
    // Shown at once: what follows may fail, and no later start shows it.
    if (secret !== undefined) onCreated({ secret: secret.value });
    const token = withLedger ? await tokenOf(config, onCreated) : undefined;
    const stopping = new AbortController();
    const drift = new Drift({ log, now: Date.now });
    const metrics = createMetrics({
      queue: stores.queue,
      quarantine: stores.quarantine,
      secretUse: () => secretUseOf(stores),
      room: () => roomIn(config.data),
      ...(stores.ledger && {
        ledger: stores.ledger,
        outcomes: attemptOutcomes,
        drift: () => drift.counts(),
      }),
      ...(receives && { replyKinds }),
    });
    const api =
      token === undefined ? undefined : apiOf(stores, token, log, { drift, stopping: stopping.signal });
    const server = await startServer(
      serverParts({ config, log, receives }, stores, metrics, api),
      serverOptions(config),
    );
    closing.unshift(() => server.close(graceMs));
    options.onListening?.();
    // Not earlier: a start that fails since its port is taken does not count as the last one on this folder.
    await noteQueue(config, log, { isWorker: !receives });
    const processing =
      stores.ledger && (await startProcessing(options, stores, stores.ledger, { metrics, drift }));
    closing.unshift(() => stopAll(stopping, server, processing));
    if (withLedger) closing.unshift(await noteDoor(config.data, "api", server.url));
    if (receives)
      closing.unshift(await noteDoor(config.data, "webhook", new URL(config.path, server.url).href));
    log.info("app.ready", { parts, url: server.url });
    void reportEngines(stores, log, stopping.signal);
    return running(server, stores, close, log);
  } catch (error) {
    await close();
    throw error;
  }
}

interface Closable {
  close(): Promise<void>;
}

function running(server: HookwellServer, stores: Stores, close: () => Promise<void>, log: Log): RunningApp {
  const closed = Promise.withResolvers<void>();
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    await close().then(closed.resolve, closed.reject);
    log.info("app.stopped");
    return closed.promise;
  };
  return {
    url: server.url,
    closed: closed.promise,
    close: () => (closing ??= closeAll()),
    reload: async () => {
      await Promise.all([server.reloadTls(), stores.secrets.reload()]);
    },
  };
}

/** @returns takes the note back */
async function noteDoor(folder: string, door: Door, url: string): Promise<() => Promise<void>> {
  const info = { url, pid: process.pid };
  await writeServerInfo(folder, door, info);
  return () => removeServerInfo(folder, door, info);
}

/** Both halves drain at the same time, so that a stop takes no longer than the slower one. */
async function stopAll(
  stopping: AbortController,
  server: HookwellServer,
  processing: Closable | undefined,
): Promise<void> {
  stopping.abort();
  await Promise.all([server.close(graceMs), processing?.close()]);
}

async function tokenOf({ token, data }: Config, onCreated: StartOptions["onCreated"]): Promise<string> {
  if (token !== null) return token;
  const loaded = await loadOrCreateToken(data);
  if (loaded.created) onCreated({ token: loaded.token });
  return loaded.token;
}

function apiOf(stores: Stores, token: string, log: Log, server: OfServer): Api | undefined {
  const { ledger } = stores;
  return ledger && requireToken(token, createApi(apiParts({ ...stores, ledger }, log, server)));
}

async function startProcessing(
  { config, log, printEvent }: StartOptions,
  { queue }: Stores,
  ledger: Ledger,
  { metrics, drift }: { readonly metrics: Metrics; readonly drift: Drift },
): Promise<Closable> {
  const configured = Object.keys(config.handlers).length > 0;
  const eventLog = configured || config.eventLog === null ? undefined : await EventLog.open(config.eventLog);
  const handlers = configured ? config.handlers : printEvents(printEvent, eventLog);
  const processing = new Processing({ queue, ledger }, config, handlers, log, {
    onAttempt: (outcome, seconds) => metrics.onAttempt(outcome, seconds),
    onFirstRun: (message) => drift.see(message),
  });
  return {
    close: async () => {
      await processing.close();
      await eventLog?.close();
    },
  };
}
