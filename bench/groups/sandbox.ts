import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Bench, Findings, Group } from "../bench.ts";
import type { SandboxJob } from "../load/sandbox-load.ts";
import { inTurn } from "../measure.ts";
import { row } from "../report/report.ts";
import { bare } from "../servers/bare-server.ts";
import { type Contender, secret } from "../servers/contender.ts";
import { hookwell } from "../servers/hookwell.ts";

export const sandbox: Group = {
  name: "sandbox",
  says: "how fast one process of the sandbox sends arrays of 500, to the bare server and to Hookwell",
  measure,
};

async function measure(bench: Bench): Promise<Findings> {
  const { rounds } = bench.plan;
  const sent = await inTurn(rounds, {
    bare: (round) => {
      bench.tell(`sandbox, round ${round} of ${rounds}`);
      return sentTo(bench, bare);
    },
    hookwell: () => sentTo(bench, hookwell),
  });
  const bar = { of: "median", atLeast: 50_000 } as const;
  return {
    rows: [
      row("sandbox", "sandbox, arrays of 500, to the bare server", "events/s", sent.bare, { bar }),
      row("sandbox", "sandbox, arrays of 500, to Hookwell", "events/s", sent.hookwell, {
        against: { what: "bare", samples: sent.bare },
        bar,
      }),
    ],
  };
}

/** Events a second that this server accepts from one sandbox. */
async function sentTo({ folders, plan }: Bench, contender: Contender): Promise<number> {
  const folder = folders.make();
  const program = await contender.start(folder);
  const child = fork(join(import.meta.dirname, "../load/sandbox-load.ts"));
  try {
    const url = `http://127.0.0.1:${program.port}${contender.path}`;
    const { warmUpSeconds, seconds } = plan;
    const job: SandboxJob = { url, secret, batch: 500, warmUpSeconds, seconds };
    child.send(job);
    const died = once(child, "exit").then(([code]) => {
      throw new Error(`The sandbox ended with exit code ${code}.`);
    });
    const [perSecond] = (await Promise.race([once(child, "message"), died])) as [number];
    return perSecond;
  } finally {
    child.kill("SIGKILL");
    await program.stop();
    await folders.remove(folder);
  }
}
