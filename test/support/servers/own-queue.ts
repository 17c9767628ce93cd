import { randomUUID } from "node:crypto";
import { removeNames } from "../drivers/amqp-harness.ts";
import { engineUrls, type TestedEngine } from "./engines.ts";
import { removeStreams } from "../drivers/nats-harness.ts";
import { ownSchema } from "../drivers/postgres-harness.ts";
import { deleteRedisKeys } from "../drivers/redis-harness.ts";

export interface OwnQueue extends AsyncDisposable {
  readonly url: string;
}

/** A queue of its own on a server that others use too. */
export function ownQueue(engine: TestedEngine): OwnQueue {
  if (engine === "postgres") return ownSchema();
  const name = `test-${randomUUID()}`;
  const remove = { redis: deleteRedisKeys, nats: removeStreams, amqp: removeNames }[engine];
  return {
    url: `${engineUrls[engine]}?name=${name}`,
    [Symbol.asyncDispose]: () => remove(engineUrls[engine], name),
  };
}
