/** First in, first out. An array's own `shift` moves all that is left, which is slow with many thousands. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #next = 0;

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T | undefined {
    const item = this.#items[this.#next];
    if (this.#next === this.#items.length) return undefined;
    this.#items[this.#next] = undefined;
    this.#next += 1;
    if (this.#next > 1_000 && this.#next * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    return item;
  }
}
