import type { Log } from "./log.ts";
import { createReceive, type Receive } from "./receive/receive.ts";
import type { Stores } from "./stores.ts";

/** The first half, over open stores: bytes in, answer out. */
export function receiveOf(stores: Stores, log: Log): Receive {
  const { queue, families, quarantine, secrets, secretUse, newCopy } = stores;
  return createReceive({
    queue,
    families,
    quarantine,
    secrets: () => secrets.active(),
    onVerified: (name) => secretUse.count(name),
    newCopy,
    now: Date.now,
    log,
  });
}
