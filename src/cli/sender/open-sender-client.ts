import { createClient, type SenderClient } from "../../client/index.ts";
import { sleep } from "../../lib/async/sleep.ts";
import type { Options } from "../command.ts";
import type { Io } from "../io.ts";
import { stderrLog } from "../terminal-log.ts";
import { senderCredentials } from "./sender-credentials.ts";
import { namedApi } from "./sender-options.ts";

/**
 * The sender's REST API, with what `senderOptions` and the environment say.
 *
 * @throws {ConfigError} or {UsageError} with what is missing or wrong
 */
export function openSenderClient(options: Options, io: Io): SenderClient {
  const { fetch, now, random } = io;
  return createClient({
    ...senderCredentials(io),
    api: namedApi(options, io),
    fetch,
    log: stderrLog("warn", io),
    world: { now, random, sleep },
  });
}
