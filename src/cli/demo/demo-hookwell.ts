import { randomBytes, randomUUID } from "node:crypto";
import type { RunningApp } from "../../app.ts";
import { loadConfig } from "../../config/load-config.ts";
import { silentLog } from "../../log.ts";
import { ApiClient } from "../client/api-client.ts";
import { httpFetch } from "../client/http-fetch.ts";
import type { StartApp } from "../io.ts";
import { demoHandlers, mostAttempts } from "./demo-handlers.ts";

/** The Hookwell of the demo, as `hookwell serve` would run it, with handlers that fail when they are asked to. */
export interface DemoHookwell {
  readonly app: RunningApp;
  readonly client: ApiClient;
  readonly secret: string;
  /** Of the API and the console; a person types it. */
  readonly token: string;
}

/** @throws {ConfigError} if the port is taken */
export async function startHookwell(startApp: StartApp, folder: string, port: number): Promise<DemoHookwell> {
  const secret = randomUUID();
  const token = `demo-${randomBytes(5).toString("hex")}`;
  const env = { HOOKWELL_SECRET: secret, HOOKWELL_TOKEN: token };
  const flags = {
    port: String(port),
    data: folder,
    eventLog: "off",
    maxAttempts: String(mostAttempts),
    backoffMin: "400ms",
  };
  // Nothing of the person's own settings: the folder has no configuration file.
  const config = await loadConfig({ env, flags, cwd: folder });
  const app = await startApp({
    parts: "serve",
    config: { ...config, handlers: demoHandlers() },
    log: silentLog,
    printEvent: () => undefined,
    onCreated: () => undefined,
  });
  const base = app.url.replace(/\/+$/, "");
  const client = new ApiClient({ where: base, live: true, base, token, fetch: httpFetch() });
  return { app, client, secret, token };
}
