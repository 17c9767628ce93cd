import { setTimeout as sleep } from "node:timers/promises";
import type * as FastCheck from "fast-check";

/** When a call was made and when it had answered, in ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The clock that an engine follows. */
export interface PlayClock {
  /** In ms, from any moment on. */
  readonly now: () => number;
  readonly pass: (ms: number) => Promise<void>;
  /** How much the engine's clock may differ. */
  readonly toleranceMs: number;
}

/** The machine's clock. Both sides read it in whole milliseconds. */
export const wallClock: PlayClock = {
  now: () => Date.now(),
  pass: (ms) => sleep(ms),
  toleranceMs: 20,
};

/** The part of `fast-check` that a play needs; whoever runs one has it as a dependency of the tests. */
export type Chance = Pick<
  typeof FastCheck,
  | "array"
  | "assert"
  | "asyncModelRun"
  | "asyncProperty"
  | "boolean"
  | "commands"
  | "constant"
  | "constantFrom"
  | "integer"
  | "nat"
  | "oneof"
  | "option"
  | "record"
>;

/** One thing that may happen, with everything that chance has decided about it. */
export type Step<Play extends object> = FastCheck.AsyncCommand<Play, Play>;

export interface PlayOptions {
  /** How many plays, and of how many steps at most. */
  readonly runs: number;
  readonly steps: number;
  /** What `fast-check` printed about a failure, to see that again. */
  readonly replay?: { readonly seed: number; readonly path: string; readonly replayPath: string };
  /** Ends the search for a failure, or for its shortest form, after this time in ms. */
  readonly limitMs?: number;
}

/**
 * Plays by chance, and tells the shortest play that fails.
 *
 * @param begin a play over an empty storage
 */
export async function playAll<Play extends object>(
  fc: Chance,
  steps: readonly FastCheck.Arbitrary<Step<Play>>[],
  begin: () => Promise<Play & AsyncDisposable & { readonly finish: () => Promise<void> }>,
  { runs, steps: maxCommands, replay, limitMs = 30_000 }: PlayOptions,
): Promise<void> {
  const replayPath = replay === undefined ? {} : { replayPath: replay.replayPath };
  const commands = fc.commands([...steps], { maxCommands, size: "max", ...replayPath });
  const property = fc.asyncProperty(commands, async (all) => {
    await using play = await begin();
    await fc.asyncModelRun(() => ({ model: play, real: play }), all);
    await play.finish();
  });
  const again = replay === undefined ? {} : { seed: replay.seed, path: replay.path };
  await fc.assert(property, { numRuns: runs, interruptAfterTimeLimit: limitMs, ...again });
}

/** A step that can be printed, and is left out if there is nothing to do for it. */
export function step<Play extends object, Choice>(
  name: string,
  choice: Choice,
  act: (play: Play, choice: Choice) => Promise<void>,
  check: (play: Play, choice: Choice) => boolean = () => true,
): Step<Play> {
  return {
    check: (play) => check(play, choice),
    run: (play) => act(play, choice),
    toString: () => `${name} ${JSON.stringify(choice)}`,
  };
}
