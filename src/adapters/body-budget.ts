/** Every body may have so much memory without asking, so that large ones do not keep ordinary deliveries out. */
const freeBytes = 64 * 1024;

/** Bytes for all bodies together: many ordinary ones, and a few of the largest that are accepted. */
export const budgetFor = (bodyLimit: number): number => Math.max(128 * 1024 * 1024, 4 * bodyLimit);

/**
 * Memory for bodies that are being read or received. Whoever can reach the port can send large bodies, and whether they
 * are genuine shows only after their last byte; all of them together get no more than this.
 */
export class BodyBudget {
  #left: number;

  /** @param bytes for all bodies together, beyond the free part of each */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** The share of one request; to be released when it has been answered. */
  open(): BodyShare {
    return new BodyShare(this);
  }

  /** Takes some of what is left; false if there is less. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}

export class BodyShare {
  readonly #budget: BodyBudget;
  #taken = 0;

  constructor(budget: BodyBudget) {
    this.#budget = budget;
  }

  /** Makes room for a body of this length; false if there is none. */
  grow(length: number): boolean {
    const more = Math.max(0, length - freeBytes) - this.#taken;
    if (more <= 0) return true;
    if (!this.#budget.take(more)) return false;
    this.#taken += more;
    return true;
  }

  release(): void {
    this.#budget.giveBack(this.#taken);
    this.#taken = 0;
  }
}
