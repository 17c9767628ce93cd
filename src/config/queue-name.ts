import { hostname } from "node:os";
import { isServer, nameOfEngine } from "../lib/engine-url.ts";
import type { Config } from "./load-config.ts";

/**
 * What tells the queue of one worker from that of another, for people and without a password. An embedded one is this
 * machine's, and mostly this folder's, however alike the URLs are.
 */
export const nameOfQueue = ({ queue, data }: Pick<Config, "queue" | "data">): string =>
  isServer(queue) ? nameOfEngine(queue) : `${queue} of ${data} on ${hostname()}`;
