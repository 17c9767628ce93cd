import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Findings, Group } from "../bench.ts";
import { under } from "../measure.ts";
import { type Bar, type Row, row } from "../report/report.ts";
import { hookwell, startHookwell } from "../servers/hookwell.ts";
import { memoryIsKnown, memoryOf } from "../servers/memory.ts";
import { fill, settle, untilSettled } from "../settling.ts";
import { watch } from "../watch.ts";
import { millions } from "./settle.ts";

export const memory: Group = {
  name: "memory",
  says: "memory while very many events wait, and after the load of an hour",
  measure,
};

const name = "memory";

async function measure(bench: Bench): Promise<Findings> {
  if (!memoryIsKnown) {
    return { rows: [], notes: ["Memory is not measured: this system has no /proc to read it from."] };
  }
  return { rows: [...(await whileWaiting(bench)), ...(await afterAnHour(bench))] };
}

async function whileWaiting({ plan, folders, tell }: Bench): Promise<readonly Row[]> {
  const many = millions(plan.waiting);
  const bar: Bar = { of: "median", atMost: 200 };
  const folder = folders.make();
  tell(`memory, ${many} events wait`);
  const filled = await fill(folder, plan.waiting);
  const server = await startHookwell("serve", folder, { handler: "slow" });
  await sleep(plan.quick ? 2_000 : 20_000);
  const waiting = memoryOf(server.pid);
  const { depth } = (await server.stats()).queue;
  if (depth < plan.waiting * 0.9) throw new Error(`Only ${depth} events were left to wait.`);
  await server.kill(); // Its handlers would hold up a stop.
  const settled = await settle(folder);
  await folders.remove(folder);
  return [
    row(name, `memory, \`serve\` with ${many} events waiting: peak`, "MB", [waiting.peak], { bar }),
    row(name, "  while `receive` took them: peak", "MB", [filled.memory?.peak ?? Number.NaN]),
    row(name, "  while `process` settled them: peak", "MB", [settled.memory?.peak ?? Number.NaN], { bar }),
  ];
}

/** The events of an hour in a shorter time, in small arrays at a steady rate. */
async function afterAnHour({ plan, folders, tell }: Bench): Promise<readonly Row[]> {
  const { events, seconds } = plan.hour;
  const batch = 10;
  const folder = folders.make();
  tell(`memory, ${millions(events)} events in ${seconds} s`);
  const server = await startHookwell("serve", folder);
  const resident = watch(() => memoryOf(server.pid).now);
  const demand = { connections: 20, batch, rate: events / batch / seconds, warmUpSeconds: 0 };
  await under({ ...demand, until: { requests: events / batch } }, server, hookwell);
  await untilSettled(server);
  const { now, peak } = memoryOf(server.pid);
  const seen = await resident.end();
  await server.stop();
  await folders.remove(folder);
  const early = seen[Math.floor(seen.length / 10)]?.[1] ?? Number.NaN;
  const what = `memory, \`serve\` after ${millions(events)} events, ${Math.round(events / 3_600)} a second for an hour`;
  return [
    row(name, what, "MB", [now], {
      against: { what: "after a tenth of them", samples: [early] },
      note: `sent in ${seconds} s`,
    }),
    row(name, "  peak", "MB", [peak]),
  ];
}
