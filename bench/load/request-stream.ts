import { createHmac } from "node:crypto";
import type { Draft } from "./draft.ts";
import { FreshIds } from "./fresh-ids.ts";
import type { Signing } from "./job.ts";

/** The requests of one connection, each signed, with event ids that were never sent before. */
export class RequestStream {
  readonly #drafts: readonly Draft[];
  readonly #signing: Signing;
  readonly #ids = new FreshIds();
  /** Id of the message whose life is being told. */
  readonly #message: Buffer = Buffer.from("00000000-0000-4000-8000-000000000000");
  #turn = 0;

  constructor(drafts: readonly Draft[], signing: Signing) {
    this.#drafts = drafts.map((draft) => ({ ...draft, bytes: Buffer.from(draft.bytes) }));
    this.#signing = signing;
  }

  /** The next request. Its bytes are used again, so it must have been answered before `next` is called again. */
  next(): Buffer {
    const draft = this.#drafts[this.#turn % this.#drafts.length];
    if (draft === undefined) throw new Error("A stream needs at least one draft.");
    this.#turn += 1;
    const { bytes, bodyAt, signatureAt } = draft;
    renew(draft, this.#ids, this.#message);
    const { algorithm, secret } = this.#signing;
    const signature = createHmac(algorithm, secret).update(bytes.subarray(bodyAt)).digest("hex");
    bytes.write(signature, signatureAt, "latin1");
    return bytes;
  }
}

/**
 * Writes ids that were never there before into the events of a draft.
 *
 * @param message id of the message whose life is being told; changed where a new one begins
 */
export function renew({ bytes, events }: Draft, ids: FreshIds, message: Buffer): void {
  for (const { idAt, messageAt, first } of events) {
    if (first) ids.write(message, 0);
    ids.write(bytes, idAt);
    for (const at of messageAt) message.copy(bytes, at);
  }
}
