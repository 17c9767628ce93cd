import { randomBytes } from "node:crypto";

/** Names for copies of events: a random word for the process, and a count. No two processes have the same word. */
export function copyNames(): () => string {
  const word = randomBytes(9).toString("base64url");
  let count = 0;
  return () => {
    count += 1;
    return `${word}.${count.toString(36)}`;
  };
}
