import type { Config } from "./config/load-config.ts";
import { queueOf } from "./config/folder/queue-name.ts";
import { removeLeftFiles } from "./config/folder/private-file.ts";
import { SecretRing } from "./config/secrets/secret-ring.ts";
import { warnOfFolders } from "./config/folder/unsafe-folders.ts";
import { ConfigError } from "./errors.ts";
import { Families } from "./event/entity.ts";
import { doAll } from "./lib/async/do-all.ts";
import { loadPeerOf } from "./lib/peers/peers.ts";
import { openLedger } from "./ledger/open-ledger.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Log } from "./log.ts";
import { openQueue } from "./queue/open-queue.ts";
import type { Queue } from "./queue/queue.ts";
import { copyNames } from "./receive/copy-name.ts";
import { lookIntoQuarantine, openQuarantine } from "./open-quarantine.ts";
import type { Quarantine } from "./receive/quarantine.ts";
import type { QuarantineLimits } from "./receive/quarantine-store.ts";
import { SecretUseCounter } from "./receive/secret-use.ts";

/** The opened stores, and what their users share. */
export interface Stores {
  readonly queue: Queue;
  /** Undefined in a process that only receives. */
  readonly ledger: Ledger | undefined;
  readonly quarantine: Quarantine;
  readonly families: Families;
  readonly secrets: SecretRing;
  readonly secretUse: SecretUseCounter;
  readonly newCopy: () => string;
  /** In the order of the flow. */
  close(): Promise<void>;
}

/** How long a consumer may hold a message without a sign of life, in ms. */
export const leaseMs = 30_000;

/** How long requests and handlers that are under way may take at a stop, in ms; the sender waits 10 s. */
export const graceMs = 6_000;

export interface StoresOptions {
  readonly config: Config;
  readonly log: Log;
  /** Whether the history is opened; a file can be opened by one process at a time. */
  readonly withLedger: boolean;
  /** Whether deliveries are received here, so that some may have to wait for the server of the queue. */
  readonly receives: boolean;
  /**
   * True for a server, which works on without a data folder as far as it can; false for a command that looks into this
   * very folder.
   */
  readonly isServer: boolean;
  /** Opens the history, which a command may have for a moment; default: without any wait. */
  readonly withPatience?: <T>(open: () => Promise<T>) => Promise<T>;
}

/**
 * @throws {DataInUseError} if another process has the history open
 * @throws {DataVersionError} if a newer Hookwell wrote a file
 * @throws {NotMadeError} if `isServer` is false, and there is no queue or no ledger on its server yet
 * @throws {ConfigError} if the data folder cannot be used, or nobody could ever handle what is received
 */
export async function openStores({
  config,
  log,
  withLedger,
  receives,
  isServer,
  withPatience = (open) => open(),
}: StoresOptions): Promise<Stores> {
  if (receives && !withLedger && config.queue.startsWith("memory:")) throw new ConfigError([nobodyHandles]);
  const opened: { close(): Promise<void> | void }[] = [];
  const keep = <T extends { close(): Promise<void> | void }>(part: T): T => {
    opened.push(part);
    return part;
  };
  const close = (): Promise<void> => doAll(opened.splice(0).map((part) => () => part.close()));
  const { data } = config;
  const isLook = !isServer;
  const spill = receives && { spill: config.spill === "on" };
  const queueOptions = { leaseMs, highWater: config.queueMax, ...spill };
  try {
    // First, so that nothing is made yet if a package has to be installed.
    for (const url of [config.queue, ...(withLedger ? [config.ledger] : [])]) await loadPeerOf(url);
    if (isServer) await removeLeftFiles(data);
    const secrets = keep(await SecretRing.open({ data, secrets: config.secrets }, log));
    const queue = keep(await openQueue(config.queue, data, { ...queueOptions, log, isLook }));
    const ledgerOptions = { log, ...queueOf(config), isLook };
    const ledger = withLedger
      ? keep(await withPatience(() => openLedger(config.ledger, data, ledgerOptions)))
      : undefined;
    const quarantine = isServer
      ? await openQuarantine(data, limitsOf(config), log)
      : await lookIntoQuarantine(data);
    const secretUse = keep(new SecretUseCounter(quarantine, Date.now, log));
    keep(quarantine);
    if (isServer) warnOfFolders(config, { receives, withLedger }, log);
    const families = new Families(config.families);
    return { queue, ledger, quarantine, families, secrets, secretUse, newCopy: copyNames(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const limitsOf = ({ quarantineMaxCount, quarantineMaxBytes }: Config): QuarantineLimits => ({
  maxCount: quarantineMaxCount,
  maxBytes: quarantineMaxBytes,
});

const nobodyHandles =
  "HOOKWELL_QUEUE (--queue) is memory:, which no other process can see, and this one handles no events: " +
  "name a queue that a worker uses too, or handle the events here.";
