import type { QueueDriver } from "../queue/driver.ts";

type Call<Args extends readonly unknown[], T> = (...args: Args) => Promise<T>;

/** Puts something around a call. */
export type Around = <Args extends readonly unknown[], T>(call: Call<Args, T>) => Call<Args, T>;

/** A queue with something around each of its calls but `close`. */
export function aroundQueue(driver: QueueDriver, around: Around): QueueDriver {
  return {
    shards: driver.shards,
    send: around((messages) => driver.send(messages)),
    own: around((shards) => driver.own(shards)),
    reserve: around((history) => driver.reserve(history)),
    receive: around((max, signal) => driver.receive(max, signal)),
    ack: around((deliveries) => driver.ack(deliveries)),
    retry: around((delivery, how) => driver.retry(delivery, how)),
    extend: around((deliveries) => driver.extend(deliveries)),
    depth: around(() => driver.depth()),
    report: around(() => driver.report()),
    close: () => driver.close(),
  };
}
