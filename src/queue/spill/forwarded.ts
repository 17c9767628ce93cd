import { longestPauseMs } from "../../lib/async/pause.ts";
import type { DiskTrouble } from "./disk-trouble.ts";
import type { SpillSlot } from "./slot.ts";

/** How many forwarded messages may still be on a disk that cannot remove them. */
const mostIds = 10_000;

export interface ForwardedParts {
  readonly slot: Pick<SpillSlot, "remove">;
  readonly disk: DiskTrouble;
  readonly stopping: AbortSignal;
  /** Called when they cannot be removed now. */
  readonly failed: () => void;
}

/**
 * What was forwarded and is still on the disk: a full one can remove nothing. Meanwhile it must neither be sent again
 * nor be in the way of others.
 */
export class Forwarded {
  readonly #parts: ForwardedParts;
  #ids: number[] = [];
  #removeAt = 0;

  constructor(parts: ForwardedParts) {
    this.#parts = parts;
  }

  get ids(): readonly number[] {
    return this.#ids;
  }

  /** When it is to be removed; Infinity if there is nothing. */
  get removeAt(): number {
    return this.#ids.length > 0 ? this.#removeAt : Infinity;
  }

  add(id: number): void {
    this.#ids.push(id);
  }

  /** Removes all if it is time to. If it has become too much, it resolves only when that has succeeded. */
  async remove(): Promise<void> {
    const { slot, disk, stopping, failed } = this.#parts;
    while (performance.now() >= this.removeAt || this.#ids.length > mostIds) {
      const ids = this.#ids;
      const isDone = await disk.try("forget", () => slot.remove(ids).then(() => true));
      if (isDone === true) {
        this.#ids = [];
        return;
      }
      failed();
      this.#removeAt = performance.now() + longestPauseMs;
      if (ids.length > mostIds) await disk.pause("forget");
      if (stopping.aborted) return;
    }
  }
}
