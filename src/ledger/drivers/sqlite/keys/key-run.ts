import { hashEnd } from "./key-hash.ts";

/** Entries in the order of their hashes, column by column. */
export interface KeyRun {
  readonly hashes: Float64Array;
  readonly pointers: Float64Array;
}

/**
 * Puts entries in the order of their hashes. Hashes are spread evenly: of as many buckets as there are entries, each
 * gets about one, so putting each into its bucket does nearly all of the work, in a time that grows with the entries.
 */
export function sortedRun(hashes: readonly number[], pointers: readonly number[]): KeyRun {
  const count = hashes.length;
  const order = byBucket(hashes);
  const run = { hashes: new Float64Array(count), pointers: new Float64Array(count) };
  for (let at = 0; at < count; at += 1) {
    const place = order[at] ?? 0;
    insert(run, at, hashes[place] ?? 0, pointers[place] ?? 0);
  }
  return run;
}

/** Places of the entries, bucket by bucket. */
function byBucket(hashes: readonly number[]): Uint32Array {
  const count = hashes.length;
  const scale = count / hashEnd;
  const next = new Uint32Array(count);
  for (const hash of hashes) {
    const bucket = Math.floor(hash * scale);
    next[bucket] = (next[bucket] ?? 0) + 1;
  }
  let before = 0;
  for (let bucket = 0; bucket < count; bucket += 1) {
    const size = next[bucket] ?? 0;
    next[bucket] = before;
    before += size;
  }
  const order = new Uint32Array(count);
  for (let place = 0; place < count; place += 1) {
    const bucket = Math.floor((hashes[place] ?? 0) * scale);
    const at = next[bucket] ?? 0;
    order[at] = place;
    next[bucket] = at + 1;
  }
  return order;
}

/** Adds an entry behind the first `end` ones, and moves it to the front of the few that have a higher hash. */
function insert({ hashes, pointers }: KeyRun, end: number, hash: number, pointer: number): void {
  let at = end;
  for (; at > 0 && (hashes[at - 1] ?? 0) > hash; at -= 1) {
    hashes[at] = hashes[at - 1] ?? 0;
    pointers[at] = pointers[at - 1] ?? 0;
  }
  hashes[at] = hash;
  pointers[at] = pointer;
}
