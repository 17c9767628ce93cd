import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Group } from "../bench.ts";
import { untilShared } from "../engines/shared.ts";
import { settingsOf, type Stores } from "../engines/stores.ts";
import { Latencies } from "../load/latencies.ts";
import { under } from "../measure.ts";
import { type Row, row } from "../report/report.ts";
import { hookwell, startHookwell } from "../servers/hookwell.ts";
import { onEachQueue } from "./on-each-engine.ts";

/** Events a second, so few that each finds nothing else to be done. */
const rate = 20;
/** How long the last event may take, in ms. */
const lastMs = 1_000;

const quantiles = [
  { share: 0.5, name: "50th" },
  { share: 0.99, name: "99th" },
] as const;

export const engineDelays: Group = {
  name: "engines-delay",
  says: "from the receipt of an event until its handler begins in another process, with little to do; not in --quick",
  isLong: true,
  measure: (bench) =>
    onEachQueue(bench, "engines-delay", async (stores) => ({ rows: await delaysOn(bench, stores) })),
};

async function delaysOn({ folders, plan, tell }: Bench, stores: Stores): Promise<readonly Row[]> {
  const { engine, ledger } = stores;
  tell(`delays on ${engine.title}, ${rate} events/s, for ${plan.delaySeconds} s`);
  await engine.clear();
  const env = settingsOf(stores);
  const [place, other] = [folders.make(), folders.make()];
  const worker = await startHookwell("process", place, { handler: "noting", env });
  const receiver = await startHookwell("receive", other, { env });
  try {
    await untilShared(ledger, 1);
    const demand = { connections: 1, batch: 1, rate, warmUpSeconds: 0 };
    await under({ ...demand, until: { seconds: plan.delaySeconds } }, receiver, hookwell);
    await sleep(lastMs);
  } finally {
    await Promise.all([receiver.stop(), worker.stop()]);
  }
  const noted = (await readFile(join(place, "delays.txt"), "utf8")).trim().split("\n");
  for (const folder of [place, other]) await folders.remove(folder);
  const delays = new Latencies();
  // The first ones meet programs that have done nothing yet.
  for (const delay of noted.slice(rate)) delays.record(Number(delay));
  return quantiles.map(({ share, name }, index) => {
    const what =
      index === 0 ? `${engine.title}: a handler begins, ${name} percentile` : `  ${name} percentile`;
    return row("engines-delay", what, "ms", [delays.quantile(share)]);
  });
}
