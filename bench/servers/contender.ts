import type { Signing } from "../load/job.ts";
import type { Program } from "./program.ts";

/** A server that takes the load, and what its user may rely on. */
export interface Contender {
  readonly name: string;
  /** What is true of an event once it answered 200. */
  readonly guarantees: string;
  readonly path: string;
  readonly signing: Signing;
  /** The body of a right answer to a request with so many events; `null` if any will do. */
  expected(batch: number): string | null;
  /** Starts it with an empty folder for what it keeps. */
  start(folder: string): Promise<Program>;
}

export const secret = "a-secret-for-the-benchmark-0123456789";

/** The way in which the sender signs. */
export const senderSigning: Signing = {
  secret,
  algorithm: "sha1",
  header: "x-comapi-signature",
  prefix: "",
};
