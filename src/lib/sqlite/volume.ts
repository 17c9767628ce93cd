import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";

/** What becomes of the files in a folder: `disk` is also said of all that is not known. */
export type Volume = "disk" | "memory" | "container" | "network";

/** File systems by the numbers that Linux has for them (`statfs(2)`). */
const volumes = new Map<number, Volume>([
  [0x0102_1994, "memory"], // tmpfs
  [0x8584_58f6, "memory"], // ramfs
  [0x794c_7630, "container"], // overlayfs
  [0x6969, "network"], // NFS
  [0x517b, "network"], // SMB
  [0xff53_4d42, "network"], // CIFS
  [0xfe53_4d42, "network"], // SMB2
]);

export const volumeOfType = (type: number): Volume => volumes.get(type) ?? "disk";

/** On what kind of file system a folder is, or will be once it is made. */
export function volumeOf(folder: string): Volume {
  // Others give other numbers to their file systems.
  if (process.platform !== "linux") return "disk";
  if (!existsSync(folder) && dirname(folder) !== folder) return volumeOf(dirname(folder));
  try {
    return volumeOfType(statfsSync(folder).type);
  } catch {
    return "disk";
  }
}

interface Trouble {
  /** What is wrong with a folder there. */
  readonly says: string;
  readonly cure: string;
}

/** Why a folder there does not keep events as it should. */
export const troubles: Readonly<Record<Exclude<Volume, "disk">, Trouble>> = {
  memory: {
    says: "is in memory: a restart of the machine, or of the container, loses the events in it",
    cure: "Name a folder on a disk.",
  },
  container: {
    says: "belongs to this container: once that is replaced or removed, the events in it are gone",
    cure: "Mount a volume there.",
  },
  network: {
    says: "is on a network drive, on which the files of SQLite can be damaged",
    cure: "Name a folder on a disk of this machine.",
  },
};
