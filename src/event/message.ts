import type { EntityKey, StateKey } from "./entity.ts";
import type { Envelope, EventId } from "./envelope.ts";

/** An event on its way: the envelope, and how it came. */
export interface Message extends Envelope {
  /** When the delivery was received, in ms since 1970. */
  readonly receivedAt: number;
  /**
   * Names this copy of the event. A copy that the queue hands out twice has the same one; a repeat by the sender has
   * another.
   */
  readonly copy: string;
  /** True if a person asked for it to be handled again although it is settled. */
  readonly replay: boolean;
}

type Header = [
  eventId: string,
  name: string,
  entity: string,
  /** 0 if it is the same text as the entity, as it mostly is. */
  state: string | 0 | null,
  revision: number | null,
  occurredAt: number | null,
  accountId: number | string | null,
  apiSpaceId: string | null,
  receivedAt: number,
  copy: string,
  replay: 0 | 1,
];

/** The first byte of every message, so that a later format can be told from this one. */
const version = 1;
const headerAt = 5;
const same = 0;

/** Bytes outside shared memory, typed so that TypeScript before 5.7 understands it too. */
export type Bytes = InstanceType<typeof Uint8Array>;

/** A message as bytes, cut behind its header. The head alone decodes to the message without its body. */
export interface EncodedMessage {
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** Cuts the bytes of a message behind its header, without copying them. */
export function splitMessage(bytes: Uint8Array): EncodedMessage {
  const bodyAt = bodyStart(bytes);
  return { head: bytes.subarray(0, bodyAt), body: bytes.subarray(bodyAt) };
}

/** A message as bytes: version, length of the header (32 bit, big end first), header as JSON, body. */
export function encodeMessage(message: Message): Uint8Array {
  if (message instanceof DecodedMessage) return message.bytes();
  return encodeMessages([message]).bytes;
}

/** The same for many, side by side in one buffer, and the length of each. */
export function encodeMessages(messages: readonly Message[]): {
  readonly bytes: Bytes;
  readonly lengths: Uint32Array;
} {
  const headers = messages.map(headerOf);
  // Encoded together: a call for each header would cost half as much as making the header itself.
  const text = Buffer.from(headers.join(""));
  const isAscii = text.length === headers.reduce((sum, { length }) => sum + length, 0);
  const frames = headerAt * messages.length + text.length;
  const bytes = Buffer.allocUnsafe(messages.reduce((sum, { body }) => sum + body.length, frames));
  let at = 0;
  let textAt = 0;
  const lengths = Uint32Array.from(messages, ({ body }, index) => {
    const from = at;
    const header = headers[index] ?? "";
    const length = isAscii ? header.length : Buffer.byteLength(header);
    bytes[from] = version;
    bytes.writeUInt32BE(length, from + 1);
    text.copy(bytes, from + headerAt, textAt, textAt + length);
    textAt += length;
    bytes.set(body, from + headerAt + length);
    at = from + headerAt + length + body.length;
    return at - from;
  });
  return { bytes, lengths };
}

function headerOf(message: Message): string {
  const header: Header = [
    message.eventId,
    message.name,
    message.entity,
    message.state === (message.entity as string) ? same : message.state,
    message.revision,
    message.occurredAt,
    message.accountId,
    message.apiSpaceId,
    message.receivedAt,
    message.copy,
    message.replay ? 1 : 0,
  ];
  return JSON.stringify(header);
}

/**
 * The message that these bytes are.
 *
 * @throws {RangeError} if a newer Hookwell wrote it, or the bytes are damaged
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const bodyAt = bodyStart(bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bodyAt);
  const header = parseHeader(buffer.toString("utf8", headerAt, bodyAt));
  return new DecodedMessage(header, bytes, bodyAt);
}

/** As `decodeMessage`, but returns the error of bytes that cannot be read, which a newer Hookwell may have written. */
export function readMessage(bytes: Uint8Array): Message | RangeError {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    if (error instanceof RangeError) return error;
    throw error;
  }
}

/** Keeps the bytes it was made from, so that it need not be encoded again. */
class DecodedMessage implements Message {
  readonly eventId: EventId;
  readonly name: string;
  readonly entity: EntityKey;
  readonly state: StateKey | null;
  readonly revision: number | null;
  readonly occurredAt: number | null;
  readonly accountId: number | string | null;
  readonly apiSpaceId: string | null;
  readonly receivedAt: number;
  readonly copy: string;
  readonly replay: boolean;
  readonly body: Uint8Array;
  readonly #bytes: Uint8Array;

  constructor(header: Header, bytes: Uint8Array, bodyAt: number) {
    this.eventId = header[0] as EventId;
    this.name = header[1];
    this.entity = header[2] as EntityKey;
    this.state = (header[3] === same ? header[2] : header[3]) as StateKey | null;
    this.revision = header[4];
    this.occurredAt = header[5];
    this.accountId = header[6];
    this.apiSpaceId = header[7];
    this.receivedAt = header[8];
    this.copy = header[9];
    this.replay = header[10] === 1;
    this.body = bytes.subarray(bodyAt);
    this.#bytes = bytes;
  }

  bytes(): Uint8Array {
    return this.#bytes;
  }
}

/** @throws {RangeError} if these bytes are no message of this version */
function bodyStart(bytes: Uint8Array): number {
  if (bytes[0] !== version) {
    throw new RangeError(
      `A message of format ${bytes[0] ?? "(none)"}; this Hookwell knows format ${version}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyAt = bytes.length < headerAt ? headerAt : headerAt + view.getUint32(1);
  if (bodyAt > bytes.length) throw new RangeError("A message that is cut off.");
  return bodyAt;
}

function parseHeader(text: string): Header {
  try {
    const header: unknown = JSON.parse(text);
    if (Array.isArray(header) && header.length === 11) return header as unknown as Header;
  } catch {
    // The parser's message quotes the text, which must not reach a log.
  }
  throw new RangeError("A message whose header is damaged.");
}
