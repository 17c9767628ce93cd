import { afterAll, beforeAll } from "vitest";
import type { Log } from "../../../src/log.ts";
import type { QueueDriver } from "../../../src/queue/driver.ts";
import { openAmqpQueue } from "../../../src/queue/drivers/amqp/queue.ts";
import { recordedLog } from "../../../src/testing/recorded-log.ts";
import { type AmqpHarness, withNames } from "../drivers/amqp-harness.ts";
import { amqpServer, type AmqpServer } from "./amqp-server.ts";

/** How long a test with such a server may take, in ms: it starts slowly. */
export const timeout = 90_000;

export interface OwnAmqpServer {
  /** A server for this file alone, so that it can be stopped and paused. */
  readonly server: AmqpServer;
  /** The names of the test that runs. */
  readonly harness: AmqpHarness;
  /** Runs a test with names of its own on it. */
  readonly onServer: (run: (harness: AmqpHarness) => Promise<void>) => Promise<void>;
  /** Opens a queue of these names. */
  readonly open: (query?: string, log?: Log) => Promise<QueueDriver>;
}

/** Starts a server before the tests of a file, and stops it after them; not where RabbitMQ is not installed. */
export function ownAmqpServer(isThere: boolean): OwnAmqpServer {
  let server: AmqpServer | undefined;
  let harness: AmqpHarness | undefined;
  beforeAll(async () => {
    if (isThere) server = await amqpServer();
  }, timeout);
  afterAll(() => server?.[Symbol.asyncDispose](), timeout);
  const there = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error("There is no server yet.");
    return part;
  };
  return {
    get server() {
      return there(server);
    },
    get harness() {
      return there(harness);
    },
    onServer: (run) =>
      withNames((its) => {
        harness = its;
        return run(its);
      }, there(server).url),
    open: (query = "", log = recordedLog().log) =>
      openAmqpQueue(`${there(harness).url}${query}`, { leaseMs: 30_000, log }),
  };
}
