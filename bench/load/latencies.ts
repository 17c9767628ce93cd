/** Steps in each doubling: a value is known to about 0.8 %. */
const steps = 128;

/** Times from 1 µs to hours, counted in buckets, so that millions of them cost no memory. */
export class Latencies {
  readonly #counts: number[];

  constructor(counts: readonly number[] = []) {
    this.#counts = [...counts];
  }

  /** What a `Latencies` elsewhere can be made of or given. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  get size(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  record(ms: number): void {
    const bucket = bucketOf(Math.max(0, Math.round(ms * 1_000)));
    while (this.#counts.length <= bucket) this.#counts.push(0);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  add(counts: readonly number[]): void {
    for (const [bucket, count] of counts.entries())
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
  }

  /** Ms that this share of all times does not exceed: 0.99 for the 99th percentile. */
  quantile(share: number): number {
    let left = Math.ceil(this.size * share);
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count;
      if (left <= 0 && count > 0) return highestOf(bucket) / 1_000;
    }
    return Number.NaN;
  }
}

function bucketOf(microseconds: number): number {
  if (microseconds < 2 * steps) return microseconds;
  const doublings = Math.floor(Math.log2(microseconds / steps));
  return doublings * steps + Math.floor(microseconds / 2 ** doublings);
}

function highestOf(bucket: number): number {
  if (bucket < 2 * steps) return bucket;
  const doublings = Math.floor(bucket / steps) - 1;
  return (bucket - doublings * steps + 1) * 2 ** doublings - 1;
}
