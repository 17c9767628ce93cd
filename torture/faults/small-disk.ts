import { smallDisk, type Disk } from "../../test/support/disk.ts";
import type { Fault, Round } from "../fault.ts";
import { Stage } from "../stage.ts";

const megabytes = 48;

interface DiskFault extends Pick<Fault, "name" | "about" | "rounds" | "setting"> {
  readonly strike: (round: Round, disk: Disk) => Promise<void>;
}

/** A fault of a disk: each round has a new one, mounted for it. */
export function onSmallDisk(fault: DiskFault): Fault {
  let disk: Disk | undefined;
  return {
    ...fault,
    fresh: true,
    obstacle: () =>
      process.getuid?.() === 0
        ? undefined
        : "it mounts a small disk, which only root may: run it in a container, or by `sudo`",
    open: async (setting, seed) => {
      disk = await smallDisk(megabytes);
      return Stage.open(setting, seed, disk);
    },
    strike: async (round) => {
      if (disk !== undefined) await fault.strike(round, disk);
    },
  };
}
