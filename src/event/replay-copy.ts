import type { Message } from "./message.ts";

/** The name of a copy that a person asked for, after so many runs of its handler: these are not runs of this copy. */
export const replayCopy = (name: string, runs: number): string => `${name}+${runs}`;

/** Runs before this copy was asked for; undefined if its name does not tell, or it is no replay. */
export function runsAtReplay({ copy, replay }: Pick<Message, "copy" | "replay">): number | undefined {
  const runs = replay ? /\+(\d+)$/.exec(copy)?.[1] : undefined;
  return runs === undefined ? undefined : Number(runs);
}
