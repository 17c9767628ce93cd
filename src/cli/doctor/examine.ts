import { hasDataFolder } from "../../config/data-folder.ts";
import type { Config } from "../../config/load-config.ts";
import { ConfigError } from "../../errors.ts";
import { type ApiClient, openClient, readConfig, runningServer } from "../api-client.ts";
import type { Options } from "../command.ts";
import { httpFetch } from "../http-fetch.ts";
import type { Io } from "../io.ts";
import { counted } from "../times.ts";
import { type Check, failed, ok, warn } from "./check.ts";
import { checkReady, checkStores } from "./engine-checks.ts";
import { checkFolder } from "./folder-checks.ts";
import { checkClock, checkNode } from "./machine-checks.ts";
import { checkPort } from "./port-check.ts";
import { checkSecrets } from "./secret-checks.ts";
import { checkTls } from "./tls-checks.ts";

/** All checks, in the order in which one thing needs the other; each as soon as it is done. */
export async function* examine(options: Options, io: Io, nodeVersion: string): AsyncIterable<Check> {
  yield checkNode(nodeVersion);
  const server = options.text("server") ?? io.env["HOOKWELL_SERVER"];
  if (server !== undefined && server !== "") return yield* examineServer(options, io, server);
  let config: Config;
  try {
    config = await readConfig(options, io);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) yield { level: "fail", topic: "Settings", says: problem };
    return;
  }
  yield* examineHere(config, options, io);
}

async function* examineHere(config: Config, options: Options, io: Io): AsyncIterable<Check> {
  yield* settingChecks(config);
  yield* await checkFolder(config.data);
  yield* await checkSecrets(config);
  const running = await runningServer(config);
  if (running !== undefined) yield checkReady(running.url, running.fetch);
  const isOnServer = [config.queue, config.ledger].some((url) => url.includes("://"));
  if (isOnServer || (await hasDataFolder(config.data))) yield* await storeChecks(options, io);
  yield* memoryChecks(config);
  yield checkPort(config, running);
  yield checkTls(config, io.now());
  yield checkClock(io.now(), running?.hello.headers.get("date") ?? null);
}

async function* examineServer(options: Options, io: Io, server: string): AsyncIterable<Check> {
  const fetch = httpFetch();
  const url = server.replace(/\/+$/, "");
  try {
    const hello = await fetch(new Request(`${url}/healthz`), AbortSignal.timeout(5_000));
    await hello.arrayBuffer();
    yield ok("Server", `${url} answers`);
    yield checkReady(url, fetch);
    yield* await storeChecks(options, io);
    yield checkClock(io.now(), hello.headers.get("date"));
  } catch (error) {
    yield failed("Server", error);
  }
}

async function storeChecks(options: Options, io: Io): Promise<readonly Check[]> {
  let client: ApiClient;
  try {
    client = await openClient(options, io);
  } catch (error) {
    return [failed("Stores", error)];
  }
  try {
    return await checkStores(client);
  } finally {
    await client.close();
  }
}

function* settingChecks({ configFile, handlers, warnings }: Config): Iterable<Check> {
  const count = Object.keys(handlers).length;
  const from = configFile ?? "no file, so defaults and the environment";
  yield ok("Settings", `${from}; ${count === 0 ? "no handlers" : counted(count, "handler")}`);
  // Those about secrets have a check of their own.
  for (const warning of warnings.filter((text) => !text.includes("characters"))) {
    yield warn("Settings", warning, "Correct the name, or remove the variable.");
  }
}

function* memoryChecks({ queue, ledger }: Config): Iterable<Check> {
  for (const [name, url] of [
    ["queue", queue],
    ["ledger", ledger],
  ] as const) {
    if (!url.startsWith("memory:")) continue;
    yield warn(
      "Durability",
      `The ${name} forgets everything when the process ends.`,
      `Set HOOKWELL_${name.toUpperCase()} to sqlite: for real events.`,
    );
  }
}
