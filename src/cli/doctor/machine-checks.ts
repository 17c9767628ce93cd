import { type Check, fail, ok, warn } from "./check.ts";
import { span } from "../../lib/times.ts";

/** Oldest Node that this Hookwell runs on. */
const leastNode = 24;

export function checkNode(nodeVersion: string): Check {
  const major = Number(nodeVersion.replace(/^v/, "").split(".", 1)[0]);
  if (major >= leastNode) return ok("Node", nodeVersion);
  return fail("Node", nodeVersion, `Install Node ${leastNode} or newer.`);
}

/** Largest difference between two clocks that is worth no word, in ms; the header counts whole seconds. */
const tolerableMs = 5_000;

/**
 * The clock tells times of receipt and retry, and when a certificate expires.
 *
 * @param serverDate the header `Date` of a server on another machine, as of now
 */
export function checkClock(now: number, serverDate?: string): Check {
  const cure = "Set the clock, such as with `timedatectl set-ntp true`.";
  const year = new Date(now).getUTCFullYear();
  if (year < 2025 || year > 2100) return fail("Clock", `It says that the year is ${year}.`, cure);
  const there = Date.parse(serverDate ?? "");
  const says = new Date(now).toISOString();
  if (Number.isNaN(there)) return ok("Clock", `${says}, compared with no other clock`);
  const apart = Math.abs(now - there);
  if (apart <= tolerableMs) return ok("Clock", `${says}, as at the server`);
  return warn("Clock", `It is ${span(apart)} ${now > there ? "ahead of" : "behind"} the server's.`, cure);
}
