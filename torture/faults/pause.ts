import { setTimeout as sleep } from "node:timers/promises";
import { oneIn } from "../../src/lib/random.ts";
import { between } from "../chance.ts";
import { plain, type Fault } from "../fault.ts";
import type { Shape } from "../program/hookwell.ts";
import { usualFor } from "../setting.ts";

/** A process stands still for longer than the sender waits, and sometimes for longer than a lease lasts. */
export function pause(name: string, shape: Shape): Fault {
  return {
    ...plain,
    name,
    about:
      shape === "serve"
        ? "SIGSTOP for 20 to 35 s, then SIGCONT"
        : "the same, of the receiving or of the processing half alone",
    rounds: { usual: 2, quick: 1 },
    setting: (quick) => ({ ...usualFor(quick), shape, settleMs: Number.MAX_SAFE_INTEGER }),
    strike: async ({ send, random, quick, stage, count }) => {
      const victim = oneIn(random, 3) ? stage.hookwell.receiver : stage.hookwell.worker;
      await send().until(({ acknowledged }) => acknowledged >= 10);
      victim.signal("SIGSTOP");
      count("stood still");
      await sleep(quick ? between(random, 2_000, 3_000) : between(random, 20_000, 35_000));
      victim.signal("SIGCONT");
    },
  };
}
