import { parseArgs } from "node:util";
import { engineNames } from "./engine.ts";
import { trials } from "./trials.ts";
import type { Trial } from "./trial.ts";

export interface Arguments {
  readonly seed: number;
  readonly trials: readonly Trial[];
  /** Whether faults were chosen by name. */
  readonly chosen: boolean;
  /** Rounds of each fault; undefined for its usual number. */
  readonly rounds: number | undefined;
  /** How long each fault is played; undefined for its number of rounds. */
  readonly seconds: number | undefined;
  readonly quick: boolean;
  /** Where the results go as JSON. */
  readonly json: string | undefined;
}

/** An argument that cannot be understood; the message says what to write. */
export class UsageError extends Error {}

const widest = Math.max(...trials.map(({ name }) => name.length));

export const usage: string = `npm run torture -- [options]

Kills, stops, starves and deceives Hookwell while a sender posts events, and compares what came of them with what was
acknowledged. Without options, every fault is played for its usual number of rounds, which takes some minutes.

  --fault NAME,…   only these
  --engine NAME,…  only those on these servers (${engineNames.join(", ")}), or embedded for those on none
  --rounds N       rounds of each fault
  --seconds N      instead of rounds: play each fault for so long, and finish the round that was begun
  --seed N         the plan of an earlier run: the same events, faults and moments. How fast the machine is, nobody can
                   repeat, so a failure may need some runs to be seen again
  --quick          short rounds, and few of them
  --json FILE      write the results there too
  --help

Faults:
${trials.map(({ name, about }) => `  ${name.padEnd(widest)}  ${about}`).join("\n")}
`;

/** @throws {UsageError} */
export function readArguments(argv: readonly string[]): Arguments | "help" {
  const values = parsed(argv);
  if (values.help === true) return "help";
  const names = values.fault?.split(",").map((name) => name.trim());
  if (values.rounds !== undefined && values.seconds !== undefined) {
    throw new UsageError("--rounds and --seconds exclude each other: choose one.");
  }
  return {
    seed: wholeNumber("--seed", values.seed) ?? Math.floor(Math.random() * 2 ** 31),
    trials: chosenTrials(names, values.engine),
    chosen: names !== undefined || values.engine !== undefined,
    rounds: wholeNumber("--rounds", values.rounds),
    seconds: wholeNumber("--seconds", values.seconds),
    quick: values.quick === true,
    json: values.json,
  };
}

function parsed(argv: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    fault: text,
    engine: text,
    rounds: text,
    seconds: text,
    seed: text,
    json: text,
    quick: flag,
    help: flag,
  };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function chosenTrials(names: readonly string[] | undefined, engines: string | undefined): readonly Trial[] {
  const named = names === undefined ? trials : names.map(trialNamed);
  if (engines === undefined) return named;
  const wanted = engines.split(",").map((name) => name.trim());
  const known: readonly string[] = ["embedded", ...engineNames];
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`There is no engine ${unknown}: write ${known.join(", ")}.`);
  return named.filter(({ engine }) => wanted.includes(engine ?? "embedded"));
}

function trialNamed(name: string): Trial {
  const trial = trials.find((trial) => trial.name === name);
  if (trial !== undefined) return trial;
  throw new UsageError(`There is no fault ${name}: write ${trials.map(({ name }) => name).join(", ")}.`);
}

function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new UsageError(`${flag} is ${text}: write a whole number.`);
}
