import { randomBytes } from "node:crypto";

/** Makes names for copies of events: a random word, which no other process has, and a count. */
export function copyNames(): () => string {
  const word = randomBytes(9).toString("base64url");
  let count = 0;
  return () => {
    count += 1;
    return `${word}.${count.toString(36)}`;
  };
}
