import { failure } from "./api/answer.ts";
import { createApi } from "./api/api.ts";
import type { Config } from "./config/load-config.ts";
import { otherQueue } from "./config/queue-note.ts";
import { silentLog } from "./log.ts";
import { apiParts, openStores } from "./stores.ts";

/** The API over the files of the data folder, for when no server runs on them. */
export interface LocalApi {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * @throws {DataInUseError} if a server runs on them after all
 * @throws {DataVersionError} if a newer Hookwell wrote them
 */
export async function openLocalApi(config: Config): Promise<LocalApi> {
  const stores = await openStores({
    config,
    log: silentLog,
    withLedger: true,
    receives: false,
  });
  const { ledger } = stores;
  if (ledger === undefined) throw new Error("The ledger was asked for and not opened.");
  const api = createApi(apiParts({ ...stores, ledger }, silentLog));
  return {
    fetch: async (request) => (await refusalOf(request, config)) ?? api.fetch(request),
    close: () => stores.close(),
  };
}

/** What is put into a queue that nobody works on would be lost. */
async function refusalOf({ method }: Request, config: Config): Promise<Response | undefined> {
  const other = method === "POST" ? await otherQueue(config) : undefined;
  if (other === undefined) return undefined;
  const { noted, named } = other;
  return failure(
    409,
    "OTHER_QUEUE",
    `Hookwell has its queue in ${noted} on ${config.data}, but this command in ${named}: set HOOKWELL_QUEUE as it is set there. Nothing was changed.`,
  );
}
