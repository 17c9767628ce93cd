import type { Message } from "./message.ts";

/**
 * Names the copy that a replay puts into the queue. The name tells how often the handler had run before, since those
 * are not runs of this copy, and which of the sender's copies it stands for, since that one may still be on its way.
 *
 * @param replayed the copy of the event that the ledger knows
 */
export const replayCopy = (name: string, replayed: string, runs: number): string =>
  `${name}~${copyReplayedBy(replayed) ?? replayed}+${runs}`;

/** The sender's copy for which a replay stands; undefined if this is not a replay, or its name does not tell. */
export const copyReplayedBy = (copy: string): string | undefined => /^[^~]*~(.+)\+\d+$/.exec(copy)?.[1];

/**
 * How often the handler had run when this replay was asked for; undefined if it is not one, or its name does not tell.
 */
export function runsAtReplay({ copy, replay }: Pick<Message, "copy" | "replay">): number | undefined {
  const runs = replay ? /\+(\d+)$/.exec(copy)?.[1] : undefined;
  return runs === undefined ? undefined : Number(runs);
}
