import { fileURLToPath } from "node:url";
import { nodeReceiver } from "./adapters/node.ts";
import type { Api } from "./api/answer.ts";
import { createHealth } from "./api/health.ts";
import type { Metrics } from "./api/metrics/metrics.ts";
import type { Config } from "./config/load-config.ts";
import { signatureHeader } from "./event/signature.ts";
import type { Log } from "./log.ts";
import { tellRefusals } from "./receive/refusals.ts";
import type { Reply } from "./receive/reply.ts";
import { receiveOf } from "./receiving.ts";
import { consoleFiles } from "./server/console-files.ts";
import { createPages } from "./server/pages.ts";
import type { ServerOptions, ServerParts } from "./server/server.ts";
import type { Stores } from "./stores.ts";

/** Where the build puts the console; the same from the sources as from the built program. */
const consoleFolder = fileURLToPath(new URL("../dist/console/", import.meta.url));

interface ServerSettings {
  readonly config: Config;
  readonly log: Log;
  /** Whether webhooks come to this process. */
  readonly receives: boolean;
}

/** What the server answers with: pages in any case, and the receiver if webhooks come here. */
export function serverParts(
  { config, log, receives }: ServerSettings,
  stores: Stores,
  metrics: Metrics,
  api: Api | undefined,
): ServerParts {
  const { queue, ledger } = stores;
  const pages = createPages({
    api,
    console: api && consoleFiles(consoleFolder),
    health: createHealth({ queue, ...(ledger && { ledger }) }),
    metrics,
    path: receives ? config.path : undefined,
    secure: config.tlsCert !== null,
  });
  const common = { path: config.path, signatureHeader, pages, log };
  if (!receives) return common;
  // The test page is on the same path.
  const allow = "GET, HEAD, POST";
  const tellRefusal = tellRefusals(log, stores.quarantine);
  const onReply = (reply: Reply, seconds: number): void => {
    tellRefusal(reply.kind);
    metrics.onReply(reply, seconds);
  };
  const { bodyLimit } = config;
  return {
    ...common,
    bodyLimit,
    receive: nodeReceiver(receiveOf(stores, log), { bodyLimit, allow, onReply }),
  };
}

/** Where and how the server listens. */
export function serverOptions({ host, port, tlsCert, tlsKey }: Config): ServerOptions {
  const tls = tlsCert === null || tlsKey === null ? undefined : { cert: tlsCert, key: tlsKey };
  return { host, port, tls };
}
