import { setTimeout as sleep } from "node:timers/promises";
import type { Disk } from "../../test/support/disk.ts";
import { between } from "../chance.ts";
import type { Fault, Round } from "../fault.ts";
import { usualFor } from "../setting.ts";
import type { Stage } from "../stage.ts";
import { onSmallDisk } from "./small-disk.ts";

/** As after an I/O error: the process dies, and starts on a disk that became read-only. */
export const readOnly: Fault = onSmallDisk({
  name: "read-only",
  about: "the process is killed, and starts while its data folder is read-only",
  rounds: { usual: 4, quick: 1 },
  setting: usualFor,
  strike,
});

async function strike({ send, random, quick, stage, count }: Round, disk: Disk): Promise<void> {
  await send().until(({ acknowledged }) => acknowledged >= 10);
  await stage.stop("SIGKILL");
  await disk.setReadOnly();
  stage.start();
  count("started on a read-only folder");
  await firstEnd(stage);
  await sleep(between(random, 100, quick ? 300 : 4_000));
  await disk.setWritable();
}

/** Waits until a start has failed, or it is plain that none will. */
async function firstEnd({ exits }: Stage): Promise<void> {
  const known = exits.length;
  const until = performance.now() + 5_000;
  while (exits.length === known && performance.now() < until) await sleep(10);
}
