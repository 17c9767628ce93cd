/** What became of a request; one word for each row of the contract with the sender. */
export type ReplyKind =
  | "accepted"
  | "tooLarge"
  | "empty"
  | "unsigned"
  | "mismatch"
  | "malformed"
  | "methodNotAllowed"
  | "readBefore"
  | "unavailable";

/** What became of a request that was not accepted. */
export type RefusedReplyKind = Exclude<ReplyKind, "accepted">;

/** An answer, ready to be written by any server. */
export interface Reply {
  readonly kind: ReplyKind;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** How many events were accepted. */
  readonly events: number;
}

interface Row {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The contract with the sender, in one place. The sender never retries a 400 and counts any 2xx as delivered;
 * everything else, and no answer within 10 s, it retries for 24 hours (reference, section 1, "Receiver's status codes";
 * whether 401 is retried is not documented). So 400 is for what can never succeed, and any fault of ours is 503.
 */
const rows: Readonly<Record<RefusedReplyKind, Row>> = {
  tooLarge: {
    status: 413,
    code: "BODY_TOO_LARGE",
    message: "The body is larger than this receiver accepts.",
  },
  empty: {
    status: 400,
    code: "BODY_EMPTY",
    message: "The body is empty; send an event or an array of events.",
  },
  unsigned: { status: 401, code: "SIGNATURE_MISSING", message: "The header x-comapi-signature is missing." },
  mismatch: {
    status: 401,
    code: "SIGNATURE_MISMATCH",
    message: "The signature does not match the body. Is the same secret set on both sides?",
  },
  malformed: {
    status: 400,
    code: "BODY_MALFORMED",
    message: "The body is neither an event nor an array of events.",
  },
  methodNotAllowed: {
    status: 405,
    code: "METHOD_NOT_ALLOWED",
    message: "Events are sent here with POST.",
    headers: { allow: "POST" },
  },
  readBefore: {
    status: 503,
    code: "BODY_READ_BEFORE",
    message: "Something in this server has read the body before Hookwell, which needs it as it came.",
    headers: { "retry-after": "5" },
  },
  unavailable: {
    status: 503,
    code: "UNAVAILABLE",
    message: "The events cannot be stored at the moment. Send them again.",
    headers: { "retry-after": "5" },
  },
};

export const replyKinds: readonly ReplyKind[] = ["accepted", ...(Object.keys(rows) as RefusedReplyKind[])];

const json = { "content-type": "application/json; charset=utf-8" };

/** Every event of the request is durable. */
export function accepted(count: number): Reply {
  return { kind: "accepted", status: 200, headers: json, body: `{"accepted":${count}}`, events: count };
}

export function refused(kind: RefusedReplyKind): Reply {
  const { status, code, message, headers } = rows[kind];
  const body = JSON.stringify({ error: { code, message } });
  return { kind, status, headers: { ...json, ...headers }, body, events: 0 };
}
