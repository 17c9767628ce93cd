import { hasDataFolder } from "../../config/folder/data-folder.ts";
import { otherQueue } from "../../config/folder/queue-note.ts";
import { portOf } from "../../config/folder/server-notes.ts";
import type { Config } from "../../config/load-config.ts";
import { unsafeFolders } from "../../config/folder/unsafe-folders.ts";
import { ConfigError } from "../../errors.ts";
import { isServer } from "../../lib/engines/engine-url.ts";
import { enginesToMake } from "../../lib/engines/engine-file.ts";
import { parts } from "../../lib/engines/part.ts";
import { openClient } from "../client/open-client.ts";
import { serverBase } from "../client/remote-client.ts";
import { namedServer, readConfig } from "../client/where.ts";
import type { Options } from "../command.ts";
import { httpFetch } from "../client/http-fetch.ts";
import type { Io } from "../io.ts";
import { listeningServer, type RunningServer } from "../client/running-server.ts";
import { serversHere } from "../client/servers-here.ts";
import { unreachable } from "../client/unreachable.ts";
import { type Check, fail, failed, ok, warn } from "./check.ts";
import { lookAtEngine, topicOf } from "./engine-look.ts";
import { checkUnmade, checkUnopened } from "./file-checks.ts";
import { canBeLookedInto, checkFolder, checkLeftBehind } from "./folder-checks.ts";
import { checkHistory } from "./history-check.ts";
import { checkClock, checkNode } from "./machine-checks.ts";
import { checkOtherQueue } from "./other-queue-check.ts";
import { checkPort } from "./port-check.ts";
import { checkReady } from "./ready-check.ts";
import { checkSecrets, checkToken } from "./secret-checks.ts";
import { checkMemory, checkSettings } from "./setting-checks.ts";
import { checkStores } from "./store-checks.ts";
import { checkTls } from "./tls-checks.ts";

/** All checks, in the order in which one thing needs the other; each as soon as it is done. */
export async function* examine(options: Options, io: Io, nodeVersion: string): AsyncIterable<Check> {
  yield checkNode(nodeVersion);
  const server = namedServer(options, io);
  if (server !== undefined) return yield* examineServer(options, io, server);
  let config: Config;
  try {
    config = await readConfig(options, io);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) yield fail("Settings", problem);
    return;
  }
  yield* examineHere(config, options, io);
}

async function* examineHere(config: Config, options: Options, io: Io): AsyncIterable<Check> {
  yield* checkSettings(config);
  yield* await checkFolder(config.data);
  if (!(await canBeLookedInto(config.data))) return;
  yield* await checkSecrets(config);
  yield* await checkToken(config);
  const [workers, receivers] = await Promise.all([
    serversHere(config, "api"),
    serversHere(config, "webhook"),
  ]);
  const running = await allRunning(config, [workers.running, receivers.running]);
  for (const { url, fetch } of running) yield await checkReady(url, fetch);
  // Both doors may be those of one process, which is told of once.
  const each = new Map([...receivers.silent, ...workers.silent].map((one) => [new URL(one.url).origin, one]));
  for (const { says, cure } of each.values()) yield fail("Server", says, cure);
  const api = workers.running === undefined ? (workers.silent.length > 0 ? "silent" : "none") : "runs";
  // The workers of its queue are elsewhere, and so is their ledger.
  const needsLedger = !(receivers.running !== undefined && api === "none" && isServer(config.queue));
  for (const { folder, says, cure } of unsafeFolders(config, { receives: true, withLedger: needsLedger }))
    yield warn("Data folder", `${folder} ${says}.`, cure);
  yield* await checkLeftBehind(config.data);
  const isInUse = yield* engineChecks(config, options, io, { api, needsLedger });
  yield* checkMemory(config);
  const isOurs = [...each.values()].some(({ url }) => portOf(url) === config.port);
  yield* await checkPort(config, running, { isInUse: isInUse || isOurs });
  yield checkTls(config, io.now());
  // A server that runs here has the same clock.
  yield checkClock(io.now());
}

/** Each server that runs here, once: both halves may be one process, or two. */
async function allRunning(
  config: Config,
  doors: readonly (RunningServer | undefined)[],
): Promise<readonly RunningServer[]> {
  const noted = doors.filter((server) => server !== undefined);
  if (noted.length > 0) return [...new Map(noted.map((server) => [server.url, server])).values()];
  const listening = await listeningServer(config);
  return listening === undefined ? [] : [listening];
}

/**
 * Looks from this machine at the engines that are servers, whatever engines the running server uses; then at what is
 * stored.
 *
 * @returns whether a process without an API has the history, such as somebody's own server
 */
async function* engineChecks(
  config: Config,
  options: Options,
  io: Io,
  { api, needsLedger }: { readonly api: "runs" | "silent" | "none"; readonly needsLedger: boolean },
): AsyncGenerator<Check, boolean> {
  const other = await otherQueue(config);
  if (other !== undefined) yield checkOtherQueue(config.data, other);
  const servers = parts.filter((part) => isServer(config[part]));
  const looks = (await Promise.all(servers.map((part) => lookAtEngine(part, config)))).flat();
  yield* looks;
  const looked = servers.map(topicOf);
  if (api === "runs") return yield* storeChecks(options, io, looked);
  // That server has the files, and nobody else can open them.
  if (api === "silent" && !isServer(config.ledger)) return false;
  const toMake = enginesToMake(config);
  for (const part of toMake) {
    // About a queue that nobody uses, enough was said.
    if (part === "queue" ? other === undefined : needsLedger) yield await checkUnmade(part, config);
  }
  // While an engine is away, the stores could say no more.
  if (looks.some(isFailure)) return false;
  if (needsLedger) yield* await checkHistory(config);
  // Nor could they if these settings name another queue than the one in use.
  if (other !== undefined) return false;
  if (!(await hasDataFolder(config.data))) {
    yield* await checkUnopened(config);
    return false;
  }
  const where = servers.length > 0 ? "as seen from here" : undefined;
  return yield* storeChecks(options, io, [...looked, ...toMake.map(topicOf)], where);
}

const isFailure = ({ level }: Check): boolean => level === "fail";

async function* examineServer(options: Options, io: Io, server: string): AsyncIterable<Check> {
  const fetch = httpFetch();
  try {
    const url = serverBase(server);
    const hello = await fetch(new Request(`${url}/healthz`), AbortSignal.timeout(5_000)).catch(
      (cause: unknown) => {
        throw unreachable(url, cause);
      },
    );
    // Compared now, since what follows may take long.
    const clock = checkClock(io.now(), hello.headers.get("date") ?? undefined);
    yield ok("Server", `${url} answers`);
    yield checkReady(url, fetch);
    yield* storeChecks(options, io, []);
    yield clock;
  } catch (error) {
    yield failed("Server", error);
  }
}

/** @returns see `engineChecks` */
async function* storeChecks(
  options: Options,
  io: Io,
  said: readonly string[],
  where?: string,
): AsyncGenerator<Check, boolean> {
  try {
    await using client = await openClient(options, io);
    yield* await checkStores(client, said, where);
    return client.inUse !== undefined;
  } catch (error) {
    yield failed("Stores", error);
    return false;
  }
}
