import { sign } from "../../event/signature.ts";

/** A request to be posted. */
export interface SendRequest {
  readonly body: Uint8Array;
  readonly signature: string;
  /** How many events are in it. */
  readonly events: number;
}

/**
 * Events as the sender posts them: one alone as an object, several as an array; signed over the bytes.
 *
 * @param batch most events of one request; 1 sends each alone
 */
export function* requestsOf(events: Iterable<string>, batch: number, secret: string): Iterable<SendRequest> {
  let pending: string[] = [];
  for (const event of events) {
    pending.push(event);
    if (pending.length === batch) {
      yield toRequest(pending, batch, secret);
      pending = [];
    }
  }
  if (pending.length > 0) yield toRequest(pending, batch, secret);
}

function toRequest(events: readonly string[], batch: number, secret: string): SendRequest {
  const body = Buffer.from(batch === 1 ? (events[0] ?? "") : `[${events.join(",")}]`);
  return { body, signature: sign(body, secret), events: events.length };
}

/** The bytes of a file as they are. */
export const requestOf = (body: Uint8Array, secret: string): SendRequest => ({
  body,
  signature: sign(body, secret),
  events: countEvents(body),
});

/** The same request again and again. */
export function* repeated(request: SendRequest, times: number): Iterable<SendRequest> {
  for (let sent = 0; sent < times; sent += 1) yield request;
}

/** Changes the bytes after they were signed, as someone on the way would. */
export function* tampered(requests: Iterable<SendRequest>): Iterable<SendRequest> {
  for (const request of requests) yield { ...request, body: Buffer.concat([request.body, Buffer.from(" ")]) };
}

function countEvents(body: Uint8Array): number {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body));
    return Array.isArray(json) ? json.length : 1;
  } catch {
    // Whether it is JSON is for the receiver to say; people send broken bodies to see that.
    return 1;
  }
}
