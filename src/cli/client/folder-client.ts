import type { Config } from "../../config/load-config.ts";
import { readToken } from "../../config/folder/token.ts";
import { DataInUseError } from "../../errors.ts";
import { engineFile } from "../../lib/engines/engine-file.ts";
import type { LocalApi } from "../../local-api.ts";
import type { Io } from "../io.ts";
import { ApiClient } from "./api-client.ts";
import { type Answering, RestingFolder } from "./resting-folder.ts";
import { type ServersHere, serversHere, whySilent } from "./servers-here.ts";

/** The one of the server that runs on a data folder; if none does, the folder is opened here. */
export async function folderClient(config: Config, io: Io): Promise<ApiClient> {
  const here = await serversHere(config, "api");
  return (await serverClient(here, config, io)) ?? openedClient(here, config, io);
}

/** The one of the server that runs on a data folder, if one does. */
export const runningClient = async (config: Config, io: Io): Promise<ApiClient | undefined> =>
  serverClient(await serversHere(config, "api"), config, io);

async function serverClient(
  { running }: ServersHere,
  config: Config,
  { env }: Io,
): Promise<ApiClient | undefined> {
  if (running === undefined) return undefined;
  // The one of the environment is for the server that the environment names, if it names one.
  const given = config.token ?? undefined;
  const isOurs = given !== undefined && !env["HOOKWELL_SERVER"];
  const token = isOurs ? given : await keptToken(config.data, given);
  return new ApiClient({ where: running.url, live: true, base: running.url, token, fetch: running.fetch });
}

/** The token of the folder, or else the other one; a damaged one matters only if there is no other. */
async function keptToken(data: string, other: string | undefined): Promise<string | undefined> {
  try {
    return (await readToken(data)) ?? other;
  } catch (error) {
    if (other === undefined) throw error;
    return other;
  }
}

async function openedClient(here: ServersHere, config: Config, io: Io): Promise<ApiClient> {
  const local = await openFolder(here, config, io);
  // Only a history in a file keeps a server waiting, and not if another process has it.
  const isHeld = local.inUse === undefined && engineFile("ledger", config.ledger, config.data) !== undefined;
  const folder = isHeld ? new RestingFolder(local, () => openAgain(config, io)) : local;
  return new ApiClient({
    where: config.data,
    live: false,
    base: "http://localhost",
    token: undefined,
    fetch: (request) => folder.fetch(request),
    missing: local.missing,
    inUse: local.inUse,
    close: () => folder.close(),
  });
}

/** How long a server that has started, and so has the history, may take until it answers, in ms. */
const startMs = 10_000;

/** The folder once more, or the server that was started on it meanwhile. */
async function openAgain(config: Config, io: Io): Promise<Answering> {
  const end = performance.now() + startMs;
  for (;;) {
    const here = await serversHere(config, "api");
    const server = await serverClient(here, config, io);
    if (server !== undefined)
      return { fetch: (request) => server.pass(request), close: () => Promise.resolve() };
    const folder = await openFolder(here, config, io);
    if (folder.inUse === undefined || performance.now() > end) return folder;
    await folder.close();
  }
}

/** The folder, or all of it but the history, if a process has that open which nobody can ask. */
async function openFolder(here: ServersHere, config: Config, io: Io): Promise<LocalApi> {
  try {
    return await io.openLocalApi(config);
  } catch (error) {
    if (!(error instanceof DataInUseError)) throw error;
    // Such a server is the one that has the data folder.
    const silent = whySilent(here);
    if (silent !== undefined) throw silent;
    if (error.path !== engineFile("ledger", config.ledger, config.data)) throw error;
    return io.openLocalApi(config, { ledgerInUse: true });
  }
}
