import { ConfigError, MalformedError } from "../errors.ts";
import type { Families } from "../event/entity.ts";
import type { Unusable } from "../event/envelope.ts";
import { SignatureCheck, type Secret } from "../event/signature.ts";
import { OnceAMinute } from "../lib/once-a-minute.ts";
import { expectWithin } from "../lib/async/within.ts";
import type { Log } from "../log.ts";
import type { Queue } from "../queue/queue.ts";
import type { Quarantine, Refused } from "./quarantine.ts";
import { queueEvents } from "./queue-events.ts";
import { accepted, refused, type Reply } from "./reply.ts";
import { keptHeaders, type ReceiveRequest } from "./request.ts";
import { Trouble } from "./trouble.ts";

export interface ReceiveParts {
  readonly queue: Queue;
  readonly families: Families;
  readonly quarantine: Pick<Quarantine, "add" | "addIfRoom" | "keeps">;
  /** The secrets in force, now. */
  readonly secrets: () => readonly Secret[];
  /** Told which secret a request was signed with. */
  readonly onVerified: (name: string) => void;
  readonly newCopy: () => string;
  readonly now: () => number;
  readonly log: Log;
}

interface StoreParts extends ReceiveParts {
  /** When to log what is signed but no event: it may be in each request. */
  readonly often: Readonly<Record<"malformed" | "unusable" | "notKept", OnceAMinute>>;
}

/** The sender hangs up after 10 s; what is not stored by then has no answer for it. */
const longestStoreMs = 8_000;
const tooLong = (): Error => new Error(`Storing took longer than ${longestStoreMs} ms.`);

const noSecret =
  "No secret is active: set HOOKWELL_SECRET to that of the sender, or add it with `hookwell secret add NAME --stdin`.";

const noRoom =
  "none like it is kept: raise `quarantineMaxCount` and `quarantineMaxBytes` to see the next one";

/** Takes a delivery: checks it, makes its events durable, and says what to answer. Never rejects. */
export type Receive = (request: ReceiveRequest) => Promise<Reply>;

/** Bytes in, answer out; knows no framework and no socket. */
export function createReceive(parts: ReceiveParts): Receive {
  const { quarantine, secrets, onVerified, log, now } = parts;
  const trouble = new Trouble(log, now);
  const often = {
    malformed: new OnceAMinute(now),
    unusable: new OnceAMinute(now),
    notKept: new OnceAMinute(now),
  };
  const storeParts: StoreParts = { ...parts, often };
  const signatures = new SignatureCheck();
  const unavailable = (error: unknown): Reply => {
    trouble.met(error);
    return refused("unavailable");
  };
  return async (request) => {
    if (request.body.length === 0) return refused("empty");
    if (request.signature === undefined) {
      quarantine.addIfRoom(refusedOf(parts, request, "unsigned", "The request has no signature."));
      return refused("unsigned");
    }
    const active = secrets();
    // Without a secret every request would look forged. The fault is ours, so the sender must try again.
    if (active.length === 0) return unavailable(new ConfigError([noSecret]));
    const secret = signatures.matchingSecret(request.body, request.signature, active);
    if (secret === undefined) {
      quarantine.addIfRoom(refusedOf(parts, request, "mismatch", "The signature matches no active secret."));
      return refused("mismatch");
    }
    onVerified(secret.name);
    try {
      const reply = await expectWithin(longestStoreMs, store(storeParts, request), tooLong);
      trouble.over();
      return reply;
    } catch (error) {
      return unavailable(error);
    }
  };
}

/** @throws whatever keeps it from being stored; that is a fault of ours */
async function store(parts: StoreParts, request: ReceiveRequest): Promise<Reply> {
  try {
    const { count, unusable, leftOut } = await queueEvents(parts, request.body, parts.now());
    // After the good ones: if this fails, the sender repeats the whole body, and they are known by then.
    if (unusable.length > 0) await keepUnusable(parts, request, unusable, leftOut);
    return accepted(count);
  } catch (error) {
    if (error instanceof MalformedError) return keepMalformed(parts, request, error);
    throw error;
  }
}

async function keepUnusable(
  parts: StoreParts,
  request: ReceiveRequest,
  unusable: readonly Unusable[],
  leftOut: number,
): Promise<void> {
  const kept = unusable.map(({ body, reason }) => ({
    ...refusedOf(parts, request, "unusable", reason),
    body,
  }));
  await parts.quarantine.add(kept);
  // What is dropped for good must not go unsaid, since others that are kept came just before.
  const requests = parts.often[leftOut > 0 ? "notKept" : "unusable"].met();
  if (requests === undefined) return;
  const isKept = kept.some(({ body }) => parts.quarantine.keeps(body.length));
  const cure = isKept ? "`hookwell quarantine list` shows those that were kept" : noRoom;
  const notKept = leftOut > 0 && { notKept: leftOut };
  parts.log.warn("receive.unusable_events", { requests, count: kept.length + leftOut, ...notKept, cure });
}

/** A 400 is final, so the request must be safely kept before that is answered. */
async function keepMalformed(
  parts: StoreParts,
  request: ReceiveRequest,
  error: MalformedError,
): Promise<Reply> {
  await parts.quarantine.add([refusedOf(parts, request, "malformed", error.message)]);
  const requests = parts.often.malformed.met();
  if (requests === undefined) return refused("malformed");
  const bytes = request.body.length;
  const look = parts.quarantine.keeps(bytes)
    ? "`hookwell quarantine list` shows it if there was room"
    : noRoom;
  const cure = `the sender does not repeat it; ${look}`;
  parts.log.warn("receive.malformed", { requests, reason: error.message, bytes, cure });
  return refused("malformed");
}

function refusedOf(
  { now }: ReceiveParts,
  request: ReceiveRequest,
  kind: Refused["kind"],
  reason: string,
): Refused {
  return { receivedAt: now(), kind, reason, headers: keptHeaders(request.headers()), body: request.body };
}
