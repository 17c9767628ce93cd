import { engineKeys } from "../../src/lib/engines/engine-keys.ts";
import { code, prose, table } from "./marked.ts";

/** Every key of an engine's URL, from the table that the parser reads. */
export function engineKeysTable(): string {
  const rows = Object.entries(engineKeys).map(([name, { schemes, says, takes, otherwise }]) => [
    code(`?${name}=`),
    schemes.map((scheme) => code(`${scheme}:`)).join(" "),
    otherwise,
    prose(takes === undefined ? `${says}.` : `${says}: ${takes.words}.`),
  ]);
  return table(["Key", "In URLs of", "Default", "What it does"], rows);
}
