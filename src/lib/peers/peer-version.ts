import { readFileSync } from "node:fs";
import nodeModule from "node:module";
import { ownManifest } from "../own-manifest.ts";

/** A package that is installed in a version that Hookwell does not work with. */
export interface WrongVersion {
  readonly name: string;
  readonly found: string;
  /** Such as `^6.3.1`. */
  readonly wanted: string;
  /** What to install instead: `redis@6`. */
  readonly install: string;
}

/**
 * Looks whether an optional package is installed in a version that Hookwell works with: the last that our package.json
 * names. Before that it names older ones that a project may have for itself, beside which npm would not install Hookwell;
 * and installers often only warn. Such a client fails later, in words that nobody understands.
 *
 * @param from the module that would import it
 * @throws what Node throws of a package that is not there
 */
export function wrongVersion(name: string, from: string): WrongVersion | undefined {
  const wanted = ownManifest().peerDependencies[name]?.split(" || ").at(-1);
  const file = wanted === undefined ? undefined : nodeModule.findPackageJSON(name, from);
  if (wanted === undefined || file === undefined) return undefined;
  const { version: found } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  if (isWithin(found, wanted)) return undefined;
  return { name, found, wanted, install: `${name}@${numbers(wanted)[0]}` };
}

const numbers = (version: string): readonly [number, number, number] => {
  const [, major, minor, patch] = /(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor), Number(patch)];
};

/** Whether a version is one of a range such as `^6.3.1`. */
function isWithin(version: string, range: string): boolean {
  const [major, minor, patch] = numbers(version);
  const [floor, floorMinor, floorPatch] = numbers(range);
  return major === floor && (minor > floorMinor || (minor === floorMinor && patch >= floorPatch));
}
