import { expect, test } from "vitest";
import { volumeOf, volumeOfType } from "./volume.ts";

test.skipIf(process.platform !== "linux").for([
  ["/dev/shm", "memory"],
  ["/proc", "disk"],
  ["/dev/shm/that/is/missing", "memory"],
] as const)("%s is %s", ([folder, volume]) => {
  expect(volumeOf(folder)).toBe(volume);
});

// Of file systems that a test cannot mount; the names are those of linux/magic.h.
test.for([
  ["OVERLAYFS_SUPER_MAGIC", 0x79_4c_76_30, "container"],
  ["NFS_SUPER_MAGIC", 0x69_69, "network"],
  ["CIFS_SUPER_MAGIC", 0xff_53_4d_42, "network"],
  ["EXT4_SUPER_MAGIC", 0xef_53, "disk"],
] as const)("%s", ([, type, volume]) => {
  expect(volumeOfType(type)).toBe(volume);
});
