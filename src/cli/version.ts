import { ownManifest } from "../lib/own-manifest.ts";

/** Version of this package, such as `1.2.3`. */
export const version: string = ownManifest().version;
