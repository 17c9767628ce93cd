import { type EntityKey, Families, type StateKey } from "../../src/event/entity.ts";
import { type Envelope, type EventId, parseBatch } from "../../src/event/envelope.ts";
import type { Message } from "../../src/event/message.ts";
import { copyNames } from "../../src/receive/copy-name.ts";
import { type Draft, draftsOf } from "../load/draft.ts";
import { FreshIds } from "../load/fresh-ids.ts";
import { renew } from "../load/request-stream.ts";
import { senderSigning } from "../servers/contender.ts";

/** Length of a UUID as text. */
const idLength = 36;

/**
 * The events of requests without the requests: the same arrays as the load generator sends, with ids that were never
 * sent before. Nothing is parsed or signed on the way, since that is not the work of a queue.
 */
export class MessageStream {
  /** Single events take several requests for the life of a message. */
  readonly #requests: readonly Drafted[];
  readonly #ids = new FreshIds();
  readonly #life: Buffer = Buffer.from("00000000-0000-4000-8000-000000000000");
  readonly #newCopy = copyNames();
  #turn = 0;

  constructor(batch: number) {
    this.#requests = draftsOf({ path: "/", batch, signing: senderSigning }).map((draft) => ({
      draft,
      // Views of the bytes that are written anew each time.
      envelopes: parseBatch(draft.bytes.subarray(draft.bodyAt), new Families()).envelopes,
    }));
  }

  /** The next batch. Its bytes are used again, so it must be stored before `next` is called again. */
  next(): readonly Message[] {
    const request = this.#requests[this.#turn % this.#requests.length];
    if (request === undefined) throw new Error("There is no request to take events from.");
    this.#turn += 1;
    const { draft, envelopes } = request;
    const { bytes, events } = draft;
    renew(draft, this.#ids, this.#life);
    const receivedAt = Date.now();
    return envelopes.map((envelope, index) => {
      const { idAt = 0, messageAt = [] } = events[index] ?? {};
      const entity = withId(envelope.entity, bytes, messageAt[0] ?? 0) as EntityKey;
      return {
        ...envelope,
        eventId: bytes.toString("latin1", idAt, idAt + idLength) as EventId,
        entity,
        // The state of these events is their message.
        state: entity as string as StateKey,
        receivedAt,
        copy: this.#newCopy(),
        replay: false,
      };
    });
  }
}

interface Drafted {
  readonly draft: Draft;
  readonly envelopes: readonly Envelope[];
}

/** `message:…` with the id that stands there now. */
function withId(entity: string, bytes: Buffer, at: number): string {
  return entity.slice(0, -idLength) + bytes.toString("latin1", at, at + idLength);
}
