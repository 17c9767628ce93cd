import { hasDataFolder } from "../../config/folder/data-folder.ts";
import type { Config } from "../../config/load-config.ts";
import type { Options } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import type { ApiClient } from "./api-client.ts";
import { folderClient, runningClient } from "./folder-client.ts";
import { remoteClient } from "./remote-client.ts";
import { namedServer, readConfig } from "./where.ts";

/**
 * The API that a command talks to: the server that is named, else the one that runs on the data folder, else the data
 * folder itself, opened in this process.
 *
 * @throws {UsageError} if there is none of them
 */
export async function openClient(options: Options, io: Io): Promise<ApiClient> {
  const named = namedServer(options, io);
  if (named !== undefined) return remoteClient(named, options, io);
  const config = await folderConfig(options, io);
  return folderClient(config, io);
}

/**
 * How to find the server that `openClient` would ask, each time that it is wanted: the one of a data folder may come
 * back at another address. Finds nothing while none runs there.
 *
 * @throws {UsageError} if there is no data folder
 */
export async function serverFinder(options: Options, io: Io): Promise<() => Promise<ApiClient | undefined>> {
  const named = namedServer(options, io);
  if (named === undefined) {
    const config = await folderConfig(options, io);
    return () => runningClient(config, io);
  }
  const client = await remoteClient(named, options, io);
  return async () => client;
}

/** The settings of a data folder that is there. */
async function folderConfig(options: Options, io: Io): Promise<Config> {
  const config = await readConfig(options, io);
  if (await hasDataFolder(config.data)) return config;
  throw new UsageError(
    `${config.data} does not exist: start Hookwell with \`hookwell serve\`, or name the folder with --data or a server with --server.`,
  );
}
