import { spawnSync } from "node:child_process";

/** Debian's, for which Debian has the clients of the servers. */
export const python = "/usr/bin/python3";

/**
 * True if Python has this module. Without it its tests are skipped; but in CI it is always true, so there they fail.
 * `scripts/engines.sh` installs what is missing.
 */
export function hasPython(module: string): boolean {
  if (process.env["CI"] === "true") return true;
  return spawnSync(python, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0;
}
