import { hostname } from "node:os";
import { isServer, nameOfEngine } from "../../lib/engines/engine-url.ts";
import type { Config } from "../load-config.ts";

/**
 * What a ledger is told of the queue. Its name tells the queue of one worker from that of another, for people and
 * without a password. An embedded queue belongs to this machine, and mostly to this folder, however alike the URLs are.
 */
export const queueOf = ({
  queue,
  data,
}: Pick<Config, "queue" | "data">): { readonly queue: string; readonly queueUrl: string } => ({
  queue: isServer(queue) ? nameOfEngine(queue) : `${queue} of ${data} on ${hostname()}`,
  queueUrl: queue,
});
