import { failure } from "./api/answer.ts";
import { createApi } from "./api/api.ts";
import type { Config } from "./config/load-config.ts";
import { otherQueue } from "./config/queue-note.ts";
import { enginesToMake } from "./lib/engine-file.ts";
import { silentLog } from "./log.ts";
import { apiParts, openStores } from "./stores.ts";

/** The API over the files of the data folder, for when no server runs on them. */
export interface LocalApi {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * Makes none of the files: one that is not there is as good as an empty one.
 *
 * @throws {DataInUseError} if a server runs on them after all
 * @throws {DataVersionError} if a newer Hookwell wrote them
 */
export async function openLocalApi(config: Config): Promise<LocalApi> {
  const missing = await enginesToMake(config);
  const empty = Object.fromEntries(missing.map((part) => [part, "memory:"]));
  const stores = await openStores({
    config: { ...config, ...empty },
    log: silentLog,
    withLedger: true,
    receives: false,
    isServer: false,
  });
  const { ledger } = stores;
  if (ledger === undefined) throw new Error("The ledger was asked for and not opened.");
  const api = createApi(apiParts({ ...stores, ledger }, silentLog));
  return {
    fetch: async (request) => (await refusalOf(request, config, missing)) ?? api.fetch(request),
    close: () => stores.close(),
  };
}

/** What a machine that only receives has of its own, or can tell at least. */
const withoutLedger = /^\/api\/v1\/(quarantine|stats|engines)(\/|$)/;

async function refusalOf(
  { method, url }: Request,
  config: Config,
  missing: readonly string[],
): Promise<Response | undefined> {
  const { data } = config;
  if (missing.includes("ledger") && !withoutLedger.test(new URL(url).pathname)) {
    return failure(
      409,
      "NO_LEDGER",
      `There is no ledger in ${data}: nothing was processed with it yet. Ask a server that processes by --server, or set HOOKWELL_LEDGER as it is set there.`,
    );
  }
  // What is put into a queue that nobody works on would be lost.
  if (method !== "POST") return undefined;
  const other = await otherQueue(config);
  if (other !== undefined) {
    const { noted, named } = other;
    return failure(
      409,
      "OTHER_QUEUE",
      `Hookwell has its queue in ${noted} on ${data}, but this command would use ${named} instead. Set HOOKWELL_QUEUE as it is set there. Nothing was changed.`,
    );
  }
  if (!missing.includes("queue")) return undefined;
  return failure(
    409,
    "NO_QUEUE",
    `There is no queue in ${data}. Set HOOKWELL_QUEUE as it is set for the server. Nothing was changed.`,
  );
}
