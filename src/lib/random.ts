/**
 * Random numbers that can be repeated: the same seed gives the same numbers on every machine. Not for secrets: anyone
 * can guess the next number (it is Marsaglia's 32 bit xorshift).
 *
 * @param seed any whole number; only its low 32 bits count
 * @returns gives the next number on each call, from 0 up to but not including 1
 */
export function seededRandom(seed: number): () => number {
  // Neighbouring seeds should not begin alike, and zero would stay zero for ever.
  let bits = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) || 1;
  const next = (): number => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return (bits >>> 0) / 0x1_0000_0000;
  };
  for (let warmUp = 0; warmUp < 8; warmUp += 1) next();
  return next;
}

/** A whole number from 0 up to but not including `end`. */
export function below(random: () => number, end: number): number {
  return Math.floor(random() * end);
}

/** One of the items; `undefined` only if there are none. */
export function pick<T>(random: () => number, items: readonly T[]): T | undefined {
  return items[below(random, items.length)];
}

/** True about once in `times` calls. */
export function oneIn(random: () => number, times: number): boolean {
  return below(random, times) === 0;
}
