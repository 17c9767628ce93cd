import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { UnderWay } from "../lib/async/under-way.ts";
import type { Connections } from "./connections.ts";
import type { Unanswered } from "./unanswered.ts";

/** How often connections are looked for on which nothing is said any more, in ms. */
const sweepMs = 50;

export interface Running {
  readonly server: Server;
  readonly connections: Connections;
  readonly unanswered: Unanswered;
  /** Requests, also those whose clients have hung up: what they use must not be closed before they end. */
  readonly underWay: UnderWay;
}

/** Takes no more connections, answers the requests that are under way, and ends what is left after `graceMs`. */
export async function stop(running: Running, graceMs: number): Promise<void> {
  const { server, connections, underWay } = running;
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  lastAnswersSayGoodbye(running);
  const endIdle = (): void => {
    server.closeIdleConnections();
    connections.endSilent();
  };
  endIdle();
  const sweep = setInterval(endIdle, sweepMs);
  const tooLong = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    connections.endAll();
    tooLong.resolve();
  }, graceMs);
  await drained;
  clearInterval(sweep);
  await Promise.race([underWay.idle(), tooLong.promise]);
  clearTimeout(timer);
}

/**
 * The last answer on a connection ends it, and says so: the client must not send the next request there. Only an answer
 * whose head was made before does not say so; its connection is ended when it is idle.
 */
function lastAnswersSayGoodbye({ server, connections, unanswered }: Running): void {
  for (const socket of connections.open) {
    const last = unanswered.lastOn(socket);
    if (last !== undefined) last.shouldKeepAlive = false;
  }
  const sayGoodbye = (_request: IncomingMessage, response: ServerResponse): void => {
    response.shouldKeepAlive = false;
  };
  // A request that asks before it sends its body comes by the second one.
  server.prependListener("request", sayGoodbye).prependListener("checkContinue", sayGoodbye);
}
