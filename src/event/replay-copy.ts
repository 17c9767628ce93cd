import type { Message } from "./message.ts";

/** The name of a copy that a person asked for, after so many runs of its handler: these are not runs of this copy. */
export const replayCopy = (name: string, runs: number): string => `${name}+${runs}`;

/** Runs before this copy was asked for; none, as far as its name tells. */
export const runsBefore = ({ copy, replay }: Pick<Message, "copy" | "replay">): number =>
  replay ? Number(/\+(\d+)$/.exec(copy)?.[1] ?? 0) : 0;
