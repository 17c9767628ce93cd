import type { Folders } from "./folders.ts";
import { fill, settle } from "./settling.ts";

/** Room for an event in the ledger while more come through the queue, in GB; with something to spare. */
const gigabytesPerEvent = 1.5e-6;
const step = 500_000;

/** One data folder whose ledger grows as far as the rows need, so that it is filled only once. */
export class History {
  readonly #folders: Folders;
  readonly #tell: (doing: string) => void;
  #folder: string | undefined;
  #events = 0;
  readonly #speeds: (readonly [events: number, perSecond: number])[] = [];
  readonly startedAt: number = Date.now();

  constructor(folders: Folders, tell: (doing: string) => void) {
    this.#folders = folders;
    this.#tell = tell;
  }

  /** Events in the ledger. */
  get events(): number {
    return this.#events;
  }

  /** How fast events were settled, over the number that the ledger had before and after on the average. */
  get speeds(): readonly (readonly [events: number, perSecond: number])[] {
    return this.#speeds;
  }

  /** The data folder, with at least so many events in its ledger. */
  async with(events: number): Promise<string> {
    const folder = (this.#folder ??= this.#folders.make());
    if (this.#events < events) await this.#folders.assertRoom((events - this.#events) * gigabytesPerEvent);
    while (this.#events < events) {
      this.#tell(
        `filling the ledger: ${this.#events.toLocaleString("en-US")} of ${events.toLocaleString("en-US")} events`,
      );
      await this.add(Math.min(step, events - this.#events));
    }
    return folder;
  }

  /** Lets some more events wait and be settled, and tells how fast that was. */
  async add(events: number): Promise<number> {
    const folder = (this.#folder ??= this.#folders.make());
    await fill(folder, events);
    const { perSecond } = await settle(folder);
    this.#speeds.push([this.#events + events / 2, perSecond]);
    this.#events += events;
    return perSecond;
  }
}
