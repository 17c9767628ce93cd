import { sign, signatureHeader } from "../event/signature.ts";
import { type Clock, VirtualClock } from "./clock.ts";
import type { Trouble } from "./faults.ts";
import { type Post, reasonOf, type Transport } from "./transport.ts";

/** The sender gives a receiver so long to answer. */
export const answerWithinMs = 10_000;

/** A slow body comes in so many pieces. */
const slowPieces = 5;

export interface Parcel {
  readonly url: string;
  readonly body: Buffer;
  /** Without one the header with the signature is left out, which is a guess. */
  readonly secret: string | undefined;
  readonly trouble: Trouble;
}

/** How a receiver answered: a status, or the reason for having none. */
export interface Answer {
  readonly status: number | null;
  readonly error: string | null;
}

/** The headers of a delivery. All but the signature's is a guess. */
export function headersOf({ body, secret, trouble }: Parcel): Readonly<Record<string, string>> {
  const key = trouble.wrongSignature ? `not ${secret ?? "set"}` : secret;
  return {
    "content-type": "application/json",
    "content-length": String(body.length),
    "user-agent": "hookwell-sandbox",
    ...(key !== undefined && { [signatureHeader]: sign(body, key) }),
  };
}

/**
 * One POST, which never rejects.
 *
 * @param hangUp ends it without an answer
 */
export async function postOnce(
  parcel: Parcel,
  headers: Readonly<Record<string, string>>,
  transport: Transport,
  clock: Clock,
  hangUp: AbortController,
): Promise<Answer> {
  const { url, body, trouble } = parcel;
  if (trouble.outage) return { status: null, error: "refused" };
  const cancel = clock.deadline(answerWithinMs, () => hangUp.abort());
  const { signal } = hangUp;
  const pause = (): Promise<void> => sleepOn(clock, trouble.slowMs / slowPieces, signal);
  const post: Post = { url, headers, body, pieces: piecesOf(body, trouble), pause, cut: trouble.cut, signal };
  try {
    return { status: await transport.post(post), error: null };
  } catch (error) {
    return { status: null, error: signal.aborted ? "timeout" : reasonOf(error) };
  } finally {
    cancel();
  }
}

function piecesOf(body: Buffer, { cut, slowMs }: Trouble): readonly Buffer[] {
  if (!cut && slowMs === 0) return [body];
  const size = Math.max(1, Math.ceil(body.length / slowPieces));
  return Array.from({ length: Math.ceil(body.length / size) }, (_, at) =>
    body.subarray(at * size, (at + 1) * size),
  );
}

function sleepOn(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (clock instanceof VirtualClock) return clock.sleep(ms, signal);
  return new Promise((resolve) => clock.after(ms, resolve));
}
