import { knownEventNames } from "../../event/names.ts";
import { isPattern, matches, patternForms } from "../../event/pattern.ts";
import { didYouMean } from "../../lib/nearest.ts";
import { isPlainObject } from "../../lib/plain-object.ts";

/** What is wrong with `handlers` of a configuration file; empty if nothing is. */
export function checkHandlers(handlers: unknown, file: string): string[] {
  if (handlers === undefined || handlers === null) return [];
  if (!isPlainObject(handlers))
    return [`handlers in ${file} is not a plain object: write { "message.*": async (event) => {} }.`];
  return Object.entries(handlers).flatMap(([pattern, handler]) => {
    const problems = checkPattern(pattern, "handlers", file);
    if (typeof handler === "function") return problems;
    // Not passed over: it may be a slip, and then nothing would handle these events.
    if (handler === undefined)
      return [
        ...problems,
        `handlers["${pattern}"] in ${file} is undefined: write a function, or leave it out.`,
      ];
    return [...problems, `handlers["${pattern}"] in ${file} is not a function: write async (event) => {}.`];
  });
}

/** A table that came out empty makes a receiver that only receives, as one that was left out, which is meant. */
export function noHandlers(handlers: unknown, file: string): string[] {
  return isPlainObject(handlers) && Object.keys(handlers).length === 0
    ? [`handlers in ${file} has none: events are only received, and wait for a process that has some.`]
    : [];
}

const knownPatterns = [
  ...knownEventNames,
  ...new Set(knownEventNames.map((name) => name.replace(/\..*/, ".*"))),
];

/** Patterns that are one slip away from a known event and mean none: nothing would ever ask for what is under them. */
export function likelySlips(
  part: "handlers" | "families",
  table: Readonly<Record<string, unknown>>,
  file: string,
): string[] {
  return Object.keys(table)
    .filter((pattern) => !knownEventNames.some((name) => matches(pattern, name)))
    .flatMap((pattern) => {
      const question = didYouMean(pattern, knownPatterns);
      // Events of other names are fine.
      return question === "" ? [] : [`${part}["${pattern}"] in ${file} matches no known event.${question}`];
    });
}

/** What is wrong with the `log` of the options; empty if nothing is. */
export function checkLog(log: unknown, file: string): string[] {
  if (log === undefined || log === null) return [];
  const isLog = ["debug", "info", "warn", "error"].every((level) => typeof Object(log)[level] === "function");
  return isLog
    ? []
    : [`log in ${file} is not a log: write an object with debug, info, warn and error, such as console.`];
}

/** What is wrong with `families` of a configuration file; empty if nothing is. */
export function checkFamilies(families: unknown, file: string): string[] {
  if (families === undefined || families === null) return [];
  if (!isPlainObject(families)) {
    return [
      `families in ${file} is not a plain object: write { "order.*": { id: ["payload.id"], state: "entity" } }.`,
    ];
  }
  return Object.entries(families).flatMap(([pattern, rule]) => [
    ...checkPattern(pattern, "families", file),
    ...checkRule(rule, `families["${pattern}"]`, file),
  ]);
}

const ruleKeys = ["family", "id", "state"];
const paths = 'paths, such as ["payload.id"], with no index such as [0] in them';

function checkRule(rule: unknown, name: string, file: string): string[] {
  if (!isPlainObject(rule))
    return [`${name} in ${file} is not a rule: write { id: ["payload.id"], state: "entity" }.`];
  const problems = Object.keys(rule)
    .filter((key) => !ruleKeys.includes(key))
    .map(
      (key) =>
        `${name}.${key} in ${file} is not part of a rule.${didYouMean(key, ruleKeys) || " Remove it."}`,
    );
  const { family, id, state } = rule;
  if (family !== undefined && (typeof family !== "string" || !/^[^\s:]+$/.test(family))) {
    problems.push(`${name}.family in ${file} is not usable: write a word without a colon, such as "order".`);
  }
  if (!isPaths(id)) {
    problems.push(`${name}.id in ${file} is not usable: write a list of ${paths}.`);
  }
  if (state !== null && state !== "entity" && !isPaths(state)) {
    problems.push(
      `${name}.state in ${file} is not usable: write "entity", null (never obsolete), or a list of ${paths}.`,
    );
  }
  return problems;
}

function checkPattern(pattern: string, name: string, file: string): string[] {
  return isPattern(pattern)
    ? []
    : [`"${pattern}" in ${name} of ${file} is not a pattern: write ${patternForms}.`];
}

function isPaths(value: unknown): boolean {
  const isPath = (path: unknown): boolean => typeof path === "string" && /^[^[\]]+$/.test(path);
  return Array.isArray(value) && value.length > 0 && value.every(isPath);
}
