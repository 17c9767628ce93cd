// Removes what a build made, so that no file outlives its source.
import { rmSync } from "node:fs";

for (const made of ["../dist", "../tsconfig.build.tsbuildinfo"]) {
  rmSync(new URL(made, import.meta.url), { recursive: true, force: true });
}
