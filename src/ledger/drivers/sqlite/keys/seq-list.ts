/** Seqs in ascending order, with binary search. */
export class SeqList {
  readonly #seqs: number[] = [];

  get newest(): number | undefined {
    return this.#seqs.at(-1);
  }

  /** @param seq greater than all before */
  push(seq: number): void {
    this.#seqs.push(seq);
  }

  at(place: number): number {
    return this.#seqs[place] ?? 0;
  }

  /** Place of a seq; -1 if it is not here. */
  find(seq: number): number {
    const place = this.countTo(seq) - 1;
    return place >= 0 && this.#seqs[place] === seq ? place : -1;
  }

  /** How many seqs are not greater than this one. */
  countTo(seq: number): number {
    let from = 0;
    let to = this.#seqs.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.at(middle) <= seq) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
