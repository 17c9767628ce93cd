import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The part of our own package.json that is read at run time. */
interface OwnManifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Where the code of this package is, as source or as built. */
export const ownCode = (): string => dirname(import.meta.dirname);

/** Where this package is: its package.json is there. */
export const ownFolder = (): string => dirname(ownCode());

export const ownManifest = (): OwnManifest =>
  JSON.parse(readFileSync(join(ownFolder(), "package.json"), "utf8")) as OwnManifest;
