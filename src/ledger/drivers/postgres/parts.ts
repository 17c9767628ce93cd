import type { Message } from "../../../event/message.ts";

/**
 * How many bytes of bodies go in one statement. A server that does not answer in time is asked the same again, so it
 * must be little enough for a slow disk or network. Thousands of small events can still share a commit.
 */
const mostBytes = 4 * 1024 * 1024;

/** Something about one event. */
export interface OfEvent {
  readonly message: Message;
}

/** Cuts a list where it gets too long; an event that is larger by itself is a part of its own. */
export function partsOf<T extends OfEvent>(events: readonly T[]): readonly (readonly T[])[] {
  const parts: T[][] = [];
  let room = 0;
  for (const event of events) {
    const { length } = event.message.body;
    const part = parts.at(-1);
    if (part !== undefined && length <= room) part.push(event);
    else {
      parts.push([event]);
      room = mostBytes;
    }
    room -= length;
  }
  return parts;
}
