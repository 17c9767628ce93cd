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

/** The clock tells times of receipt and retry, and when a certificate expires. */
export function checkClock(now: number, serverDate: string | null): Check {
  const cure = "Set the clock, such as with `timedatectl set-ntp true`.";
  const year = new Date(now).getUTCFullYear();
  if (year < 2025 || year > 2100) return fail("Clock", `It says that the year is ${year}.`, cure);
  const there = serverDate === null ? Number.NaN : Date.parse(serverDate);
  if (Number.isNaN(there)) return ok("Clock", new Date(now).toISOString());
  const apart = Math.abs(now - there);
  if (apart <= tolerableMs) return ok("Clock", `${new Date(now).toISOString()}, as at the server`);
  return warn("Clock", `It is ${span(apart)} ${now > there ? "ahead of" : "behind"} the server's.`, cure);
}
