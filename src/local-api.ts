import { apiParts } from "./api-parts.ts";
import { failure } from "./api/answer.ts";
import { createApi } from "./api/api.ts";
import type { Config } from "./config/load-config.ts";
import { otherQueue } from "./config/folder/queue-note.ts";
import { enginesToMake, sqliteFile } from "./lib/engines/engine-file.ts";
import { NotMadeError } from "./lib/engines/not-made.ts";
import { type Part, settingOf } from "./lib/engines/part.ts";
import { silentLog } from "./log.ts";
import { openStores, type Stores } from "./stores.ts";

/** The API over the files of the data folder, for when no server runs on them. */
export interface LocalApi {
  /** Parts that are not there yet; it shows them as empty. */
  readonly missing: readonly Part[];
  /** Why it has no history to show, if another process has that open. */
  readonly inUse: string | undefined;
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

export interface LocalApiOptions {
  /** Another process has the ledger open, which is a file: then the API is that of all else. */
  readonly ledgerInUse?: boolean;
}

/**
 * Opens what is there. Makes no queue and no ledger, in files or on a server: what is not there is shown as empty.
 *
 * @throws {DataInUseError} if another process has the ledger open, and `ledgerInUse` does not say so
 * @throws {DataVersionError} if a newer Hookwell wrote them
 */
export async function openLocalApi(config: Config, options: LocalApiOptions = {}): Promise<LocalApi> {
  const files = enginesToMake(config).map((part) => [part, noFile(part, config)] as const);
  const inUse = options.ledgerInUse === true ? whyInUse(config) : undefined;
  const taken = inUse === undefined ? [] : [["ledger", inUse] as const];
  const { stores, missing } = await openWhatIsThere(config, new Map([...files, ...taken]));
  const { ledger } = stores;
  if (ledger === undefined) throw new Error("The ledger was asked for and not opened.");
  const api = createApi({ ...apiParts({ ...stores, ledger }, silentLog), tellsWhy: true });
  return {
    missing: [...missing.keys()],
    inUse,
    fetch: async (request) => (await refusalOf(request, config, missing)) ?? api.fetch(request),
    close: () => stores.close(),
  };
}

/** The parts that are not there: why, and what to do. */
type Missing = ReadonlyMap<Part, string>;

async function openWhatIsThere(
  config: Config,
  missing: Missing,
): Promise<{ readonly stores: Stores; readonly missing: Missing }> {
  const empty = Object.fromEntries([...missing.keys()].map((part) => [part, "memory:"]));
  try {
    const stores = await openStores({
      config: { ...config, ...empty },
      log: silentLog,
      withLedger: true,
      receives: false,
      isServer: false,
    });
    return { stores, missing };
  } catch (error) {
    if (!(error instanceof NotMadeError)) throw error;
    return openWhatIsThere(config, new Map([...missing, [error.found.part, error.message]]));
  }
}

function noFile(part: Part, config: Config): string {
  const { data } = config;
  const file = sqliteFile(part, config[part], data);
  if (config[part] !== "sqlite:")
    return `${settingOf(part)} is ${file}, which does not exist: correct the path, or start Hookwell once.`;
  return part === "queue"
    ? `There is no queue in ${data}. Set HOOKWELL_QUEUE as it is set for the server.`
    : `There is no ledger in ${data}: nothing was processed with it yet. Name a server that processes events with --server, or set HOOKWELL_LEDGER as it is set there.`;
}

function whyInUse(config: Config): string {
  const file = sqliteFile("ledger", config.ledger, config.data);
  return `${file} is open in another process that has no API: a server of your own with createReceiver, or a command. Try again when it has ended, or keep the history where several processes can read it: HOOKWELL_LEDGER=postgres://…, which is the option ledger of createReceiver.`;
}

/** The calls that also a machine without a ledger can answer, at least in part. */
const withoutLedger = /^\/api\/v1\/(quarantine|stats|engines)(\/|$)/;

async function refusalOf(
  { method, url }: Request,
  config: Config,
  missing: Missing,
): Promise<Response | undefined> {
  const noLedger = missing.get("ledger");
  if (noLedger !== undefined && !withoutLedger.test(new URL(url).pathname))
    return failure(409, "NO_LEDGER", noLedger);
  // Whatever is put into a queue that nobody works on is lost.
  if (method !== "POST") return undefined;
  const other = await otherQueue(config);
  if (other !== undefined) {
    const { noted, named } = other;
    return failure(
      409,
      "OTHER_QUEUE",
      `Hookwell has its queue in ${noted} on ${config.data}, but this command would use ${named} instead. Set HOOKWELL_QUEUE as it is set there. Nothing was changed.`,
    );
  }
  const noQueue = missing.get("queue");
  return noQueue === undefined ? undefined : failure(409, "NO_QUEUE", `${noQueue} Nothing was changed.`);
}
