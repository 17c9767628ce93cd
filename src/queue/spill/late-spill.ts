import { sleep } from "../../lib/async/sleep.ts";
import type { Message } from "../../event/message.ts";
import { errorFields, type Log } from "../../log.ts";
import type { QueueDepth, QueueInlet } from "../driver.ts";

/** How soon it is tried again to open what could not be opened, in ms. */
const againMs = 10_000;

export interface LateSpillParts {
  readonly engine: QueueInlet;
  /** Opens the spill in front of the engine, which it closes from then on. */
  readonly open: () => Promise<QueueInlet>;
  readonly log: Log;
}

/**
 * An engine whose spill could not be opened at the start, as on a disk that is read-only for a while. It stands alone
 * until that works; from then on what was left there is forwarded, too.
 */
export class LateSpill implements QueueInlet {
  readonly #parts: LateSpillParts;
  readonly #stop = new AbortController();
  readonly #opening: Promise<void>;
  #inlet: QueueInlet;

  constructor(parts: LateSpillParts) {
    this.#parts = parts;
    this.#inlet = parts.engine;
    this.#opening = this.#openLater();
  }

  send(messages: readonly Message[]): Promise<void> {
    return this.#inlet.send(messages);
  }

  depth(): Promise<QueueDepth> {
    return this.#inlet.depth();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#opening;
    await this.#inlet.close();
  }

  async #openLater(): Promise<void> {
    const { open, log } = this.#parts;
    const { signal } = this.#stop;
    for (await sleep(againMs, signal); !signal.aborted; await sleep(againMs, signal)) {
      try {
        this.#inlet = await open();
        log.info("queue.spill_works");
        return;
      } catch (error) {
        log.debug("queue.no_spill", errorFields(error));
      }
    }
  }
}
