import { createHash } from "node:crypto";
import { seededRandom } from "../src/lib/random.ts";

/**
 * A stream of chance for one purpose. Streams are independent of each other, so that what one part draws does not
 * change what another one does, and a fault that is played alone is played as in a run of all.
 */
export function chanceOf(seed: number, ...purpose: readonly (string | number)[]): () => number {
  return seededRandom(hashOf([seed, ...purpose].join("/")));
}

/** From 0 up to but not including 1, always the same for one text. */
export function shareOf(text: string): number {
  return hashOf(text) / 0x1_0000_0000;
}

/** From `least` up to but not including `most`. */
export function between(random: () => number, least: number, most: number): number {
  return least + random() * (most - least);
}

const hashOf = (text: string): number => createHash("sha1").update(text).digest().readUInt32BE(0);
