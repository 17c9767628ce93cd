import type { Bench, Findings, Group } from "../bench.ts";
import { inTurn } from "../measure.ts";
import { row } from "../report/report.ts";
import { startHookwell } from "../servers/hookwell.ts";
import { millions } from "./settle.ts";

export const start: Group = {
  name: "start",
  says: "from the start of `hookwell serve` until it is ready, with a short and a long history",
  measure,
};

async function measure({ plan, folders, history, tell }: Bench): Promise<Findings> {
  const empty = folders.make();
  const long = await history.with(plan.ledger.at(-1) ?? 0);
  await readyMs(empty, "stop"); // The very first start also makes the files.
  const times = await inTurn(plan.starts, {
    empty: (round) => {
      tell(`start, round ${round} of ${plan.starts}`);
      return readyMs(empty, "stop");
    },
    long: () => readyMs(long, "kill"),
    // The one before was killed.
    killed: () => readyMs(long, "stop"),
  });
  await folders.remove(empty);
  const against = { what: "empty", samples: times.empty };
  const bar = { of: "median", atMost: 500 } as const;
  const events = millions(history.events);
  return {
    rows: [
      row("start", "start, ledger empty", "ms", times.empty),
      row("start", `start, ${events} events in the ledger`, "ms", times.long, { against, bar }),
      row("start", "  after a kill -9", "ms", times.killed, { against, bar }),
    ],
  };
}

async function readyMs(folder: string, end: "stop" | "kill"): Promise<number> {
  const server = await startHookwell("serve", folder);
  await server[end]();
  return server.readyMs;
}
