import type { Message } from "../../../event/message.ts";

/**
 * How many bytes of bodies go in one statement. A server that does not answer in time is asked the same again, so it
 * must be little enough for a slow disk or network. Thousands of small events can still share a commit.
 */
const mostBytes = 4 * 1024 * 1024;

/** Cuts a list where it gets too long; a message that is larger by itself is a part of its own. */
export function partsOf(messages: readonly Message[]): readonly (readonly Message[])[] {
  const parts: Message[][] = [];
  let room = 0;
  for (const message of messages) {
    const { length } = message.body;
    const part = parts.at(-1);
    if (part !== undefined && length <= room) part.push(message);
    else {
      parts.push([message]);
      room = mostBytes;
    }
    room -= length;
  }
  return parts;
}
