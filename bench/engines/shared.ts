import { setTimeout as sleep } from "node:timers/promises";
import type { LedgerEngine } from "./engine.ts";

const patienceMs = 60_000;

/** Waits until so many workers have fair shares of the events: it takes each a second or two to hear of the others. */
export async function untilShared(ledger: LedgerEngine, workers: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!isFair(await sharesOf(ledger), workers)) {
    if (performance.now() > deadline) throw new Error(`${workers} processes did not share the events.`);
    await sleep(100);
  }
}

/** How many shards each worker has, and how many nobody. */
async function sharesOf(ledger: LedgerEngine): Promise<Shares> {
  const rows = await ledger.query(
    "select owner is null as free, count(*)::int as shards from hookwell.shard group by owner",
  );
  const of = (free: boolean): number[] =>
    rows.filter((row) => row["free"] === free).map(({ shards }) => Number(shards));
  return { owned: of(false), free: of(true)[0] ?? 0 };
}

interface Shares {
  readonly owned: readonly number[];
  readonly free: number;
}

export function isFair({ owned, free }: Shares, workers: number): boolean {
  return owned.length === workers && free === 0 && Math.max(...owned) - Math.min(...owned) <= 1;
}
