import { setTimeout as sleep } from "node:timers/promises";
import { oneIn } from "../../src/lib/random.ts";
import type { Disk } from "../../test/support/disk.ts";
import { between } from "../chance.ts";
import type { Fault, Round } from "../fault.ts";
import { usualFor } from "../setting.ts";
import { onSmallDisk } from "./small-disk.ts";

/** The disk fills up under load; half of the time the process is killed then, and starts on a full disk. */
export const diskFull: Fault = onSmallDisk({
  name: "disk-full",
  about: "the disk of the data folder fills up, and has room again later",
  rounds: { usual: 6, quick: 1 },
  setting: (quick) => ({
    ...usualFor(quick),
    load: { ...usualFor(quick).load, mostFiller: 4_000 },
    habits: { ...usualFor(quick).habits, pauseMs: 20 },
    // What cannot be written is settled when there is room.
    settleMs: Number.MAX_SAFE_INTEGER,
  }),
  strike,
});

async function strike({ send, random, quick, count, stage }: Round, disk: Disk): Promise<void> {
  const sending = send();
  await sending.until(({ acknowledged }) => acknowledged >= 15);
  await disk.fill();
  count("filled");
  await Promise.race([sending.until(({ refused }) => refused >= 5), sleep(3_000)]);
  if (sending.tally.refused > 0) count("refused deliveries while full");
  if (oneIn(random, 2) && (await stage.hookwell.worker.crash())) count("killed while full");
  await sleep(between(random, 300, quick ? 800 : 4_000));
  await disk.makeRoom();
}
