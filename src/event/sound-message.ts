import type { Message } from "./message.ts";

/** The furthest moment, in ms before or after 1970, that has a date. */
const furthestMs = 8.64e15;

/**
 * The message, if a receiver may have written it; else why not, in words that quote nothing of it. Whoever may write to
 * an engine can send anything in the form of a message. A ledger that meets a moment without a date, or a revision that
 * is no count, could neither write it down together with the events beside it, nor read it back.
 */
export function soundMessage(message: Message): Message | RangeError {
  return isSound(message) ? message : new RangeError("A message with values that no event has.");
}

function isSound(message: Message): boolean {
  const { eventId, name, entity, state, revision, occurredAt, accountId, apiSpaceId } = message;
  return (
    isText(eventId) &&
    eventId.length > 0 &&
    isText(name) &&
    name.length > 0 &&
    isText(entity) &&
    isText(message.copy) &&
    (state === null || isText(state)) &&
    (apiSpaceId === null || isText(apiSpaceId)) &&
    (accountId === null || isText(accountId) || Number.isFinite(accountId)) &&
    (revision === null || (Number.isSafeInteger(revision) && revision >= 0)) &&
    (occurredAt === null || isMoment(occurredAt)) &&
    isMoment(message.receivedAt) &&
    typeof message.replay === "boolean" &&
    message.body instanceof Uint8Array
  );
}

const isText = (value: unknown): value is string => typeof value === "string" && value.isWellFormed();

const isMoment = (ms: unknown): boolean => Number.isInteger(ms) && Math.abs(Number(ms)) <= furthestMs;
