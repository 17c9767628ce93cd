/**
 * Hookwell under torture; `--help` says how. Ends with 0 if every promise was kept, 1 if not or if a trial broke off, 2
 * if used wrongly.
 */
import { writeFile } from "node:fs/promises";
import { readArguments, usage, UsageError, type Arguments } from "./arguments.ts";
import type { RoundReport } from "./play.ts";
import { brokenOff, progressLine, resultOf, summary, type TrialResult } from "./summary.ts";
import type { Trial } from "./trial.ts";

try {
  const args = readArguments(process.argv.slice(2));
  process.exitCode = args === "help" ? help() : await torture(args);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message} --help tells the rest.`);
  process.exitCode = 2;
}

function help(): number {
  console.log(usage);
  return 0;
}

async function torture(args: Arguments): Promise<number> {
  const { seed, json } = args;
  console.log(`Seed ${seed}: --seed ${seed} plays this plan again. Node ${process.version}.`);
  const results: TrialResult[] = [];
  for (const trial of args.trials) results.push(await playTrial(trial, args));
  console.log(`\n${summary(results)}`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ seed, results }, null, 2)}\n`);
  const isBroken = results.some(({ violations }) => violations.length > 0);
  // Who asked for a fault by its name wants to know that it was not played.
  const isMissing = args.chosen && results.some(({ notPlayed }) => notPlayed !== undefined);
  const isBrokenOff = results.some((result) => result.brokenOff !== undefined);
  if (isBroken) console.log(`\nPromises were broken. --seed ${seed} plays this plan again.`);
  else if (isBrokenOff) console.log("\nNo promise was seen broken, but not every trial came to its end.");
  return isBroken || isBrokenOff || isMissing ? 1 : 0;
}

async function playTrial(trial: Trial, { seed, quick, rounds, seconds }: Arguments): Promise<TrialResult> {
  const obstacle = trial.obstacle();
  if (obstacle !== undefined) return resultOf(trial.name, [], obstacle);
  const startedAt = performance.now();
  const most = rounds ?? trial.rounds[quick ? "quick" : "usual"];
  const isTime = (): boolean => performance.now() - startedAt < (seconds ?? 0) * 1_000;
  const reports: RoundReport[] = [];
  const onRound = (report: RoundReport): void => {
    reports.push(report);
    console.log(progressLine(report));
  };
  const goesOn = (played: number): boolean =>
    seconds === undefined ? played < most : played === 0 || isTime();
  try {
    await trial.play({ seed, quick, goesOn, onRound });
  } catch (error) {
    // A server that does not come back costs this trial, and not the results of the others.
    console.error(error);
    return brokenOff(trial.name, reports, error);
  }
  return resultOf(trial.name, reports);
}
