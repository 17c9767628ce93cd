import { isServer } from "../lib/engine-url.ts";
import { troubles, volumeOf } from "../lib/volume.ts";
import type { Log } from "../log.ts";
import type { Config } from "./load-config.ts";

/** What the process does, which decides what it keeps in the data folder. */
interface Work {
  readonly receives: boolean;
  readonly withLedger: boolean;
}

/** Says in the log if events are kept in the data folder, and the folder may be gone sooner than they ought to be. */
export function warnOfVolume({ data, queue, ledger, spill }: Config, work: Work, log: Log): void {
  const hasEngine = queue === "sqlite:" || (work.withLedger && ledger === "sqlite:");
  const hasSpill = work.receives && spill === "on" && isServer(queue);
  const volume = volumeOf(data);
  if (volume === "disk" || (!hasEngine && !hasSpill)) return;
  log.warn("data.not_durable", { folder: data, ...troubles[volume] });
}
