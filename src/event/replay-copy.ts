import type { Message } from "./message.ts";

/**
 * The name of a copy that a person asked for, after so many runs of its handler: these are not runs of this copy. It tells
 * as well which copy of the sender's it stands for, since that one may be on its way still.
 *
 * @param replayed the copy of the event that the ledger knows
 */
export const replayCopy = (name: string, replayed: string, runs: number): string =>
  `${name}~${copyReplayedBy(replayed) ?? replayed}+${runs}`;

/** The copy of the sender's for which this one stands; undefined if it is no replay, or does not tell. */
export const copyReplayedBy = (copy: string): string | undefined => /^[^~]*~(.+)\+\d+$/.exec(copy)?.[1];

/** Runs before this copy was asked for; undefined if its name does not tell, or it is no replay. */
export function runsAtReplay({ copy, replay }: Pick<Message, "copy" | "replay">): number | undefined {
  const runs = replay ? /\+(\d+)$/.exec(copy)?.[1] : undefined;
  return runs === undefined ? undefined : Number(runs);
}
