import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The part of our own package.json that is read at run time. */
interface OwnManifest {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Where this package is, as source or as built: its package.json is there. */
export const ownFolder = (): string => dirname(dirname(import.meta.dirname));

export const ownManifest = (): OwnManifest =>
  JSON.parse(readFileSync(join(ownFolder(), "package.json"), "utf8")) as OwnManifest;
