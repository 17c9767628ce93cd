import { readFileSync } from "node:fs";

const packageFile = new URL("../../package.json", import.meta.url);

/** Version of this package, such as `1.2.3`. */
export const version: string = (JSON.parse(readFileSync(packageFile, "utf8")) as { readonly version: string })
  .version;
