import type { Receipt } from "./receipt.ts";

/** Stands in the place of the bytes of a message that the disk does not give as they were written. */
export const noBytes: Uint8Array = new Uint8Array();

/** A message that is handed out. */
export interface Claimed {
  readonly receipt: Receipt;
  readonly attempt: number;
  /** Or `noBytes`. */
  readonly body: Uint8Array;
}

/** A claim takes no further message once it has so many bytes. */
const mostBytes = 16 * 1024 * 1024;

/** What one claim takes. */
export class Claim {
  readonly messages: Claimed[] = [];
  readonly now: number;
  readonly #max: number;
  #bytes = 0;
  #handed: number;

  /** @param handed place of the newest hand-out in their order */
  constructor(max: number, now: number, handed: number) {
    this.#max = max;
    this.now = now;
    this.#handed = handed;
  }

  get handed(): number {
    return this.#handed;
  }

  nextHanded(): number {
    this.#handed += 1;
    return this.#handed;
  }

  /** How many more there may be. */
  get room(): number {
    return this.#max - this.messages.length;
  }

  get isFull(): boolean {
    return this.room <= 0 || this.#bytes >= mostBytes;
  }

  add(message: Claimed): void {
    this.messages.push(message);
    this.#bytes += message.body.length;
  }
}
