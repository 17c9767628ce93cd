import { setTimeout as sleep } from "node:timers/promises";
import { pick } from "../../src/lib/random.ts";
import { shuffled } from "../../test/support/events/deliveries.ts";
import { between } from "../chance.ts";
import { plain, type Fault } from "../fault.ts";
import { usualFor } from "../setting.ts";

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** The clock of the machine is set, forwards and backwards, while events come in and others wait for a retry. */
export const clock: Fault = {
  ...plain,
  name: "clock",
  about: "the clock jumps forwards and backwards, by minutes to days",
  rounds: { usual: 6, quick: 2 },
  setting: (quick) => ({
    ...usualFor(quick),
    clock: true,
    allSettledMs: 20_000,
    dishes: [...usualFor(quick).dishes, { misdeed: "throws", oneIn: 4, attempts: 1 }],
  }),
  strike: async ({ send, random, stage, count }) => {
    const sending = send();
    for (const direction of shuffled([-1, 1], random)) {
      const enough = sending.tally.acknowledged + between(random, 5, 40);
      await sending.until(({ acknowledged }) => acknowledged >= enough);
      await stage.folder.setClock(direction * (pick(random, [minute, hour, 3 * day]) ?? hour), 0);
      count(direction > 0 ? "set forwards" : "set backwards");
      await sleep(between(random, 0, 300));
    }
  },
};
