import { readFileSync } from "node:fs";
import { defaultFamilies, type FamilyRule } from "../../src/event/entity.ts";
import { knownEventNames } from "../../src/event/names.ts";
import { isPattern, mostSpecific } from "../../src/event/pattern.ts";
import { code, table } from "./marked.ts";

const payloadsFile = new URL("../../src/event/payloads.ts", import.meta.url);

/** Every known event, the file of its payload's type, and the rule that orders it. */
export function eventsTable(): string {
  const types = payloadTypes();
  const patterns = Object.keys(defaultFamilies).filter(isPattern);
  const rows = knownEventNames.map((name) => [
    code(name),
    types.get(name) ?? "none",
    code(mostSpecific(patterns, name) ?? "*"),
  ]);
  return table(["Event", "Type of `event.payload`", "Rule"], rows);
}

/** How the events of each family are ordered. */
export function familiesTable(): string {
  const rows = Object.entries(defaultFamilies).map(([pattern, rule]) => [
    code(pattern),
    `${familyText(pattern, rule)} and ${rule.id.map(code).join(", else ")}`,
    stateText(rule),
  ]);
  return table(["Rule", "Entity", "An older event is obsolete within"], rows);
}

function familyText(pattern: string, { family }: FamilyRule): string {
  if (family === undefined && pattern === "*") return "the name up to its first dot, a colon,";
  return code(`${family ?? pattern.split(".", 1)[0]}:`);
}

function stateText({ state }: FamilyRule): string {
  if (state === null) return "nothing: it is never obsolete";
  return state === "entity" ? "the entity" : state.map(code).join(" and ");
}

/** Name → type, read from the source, since types are gone when this runs. */
function payloadTypes(): ReadonlyMap<string, string> {
  const rows = readFileSync(payloadsFile, "utf8").matchAll(
    /readonly "([\w.]+)": (?:(\w+)\.(\w+)|undefined);/g,
  );
  return new Map(
    Array.from(rows, ([, name = "", file, type]) => [
      name,
      file === undefined
        ? "`undefined`; see `event.profileId`"
        : `[${type}](../src/event/payloads/${file}.ts)`,
    ]),
  );
}
