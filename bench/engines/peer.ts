import type { Message } from "../../src/event/message.ts";

/** A client of an engine that is measured; it takes messages. */
export interface Sender {
  /** Resolves when every message is as durable as the engine has it. */
  send(messages: readonly Message[]): Promise<void>;
}

/** A client that also works off what it took. */
export interface Worker extends Sender {
  /** Takes each waiting message, does nothing with it, and tells how many are done. Goes on until the process ends. */
  work(onDone: (count: number) => void): Promise<void>;
  /**
   * How many messages the server still has to work off. A client that was told nothing of its acknowledgements is done
   * before its server is.
   */
  left(): Promise<number>;
}

/** A request to a peer's process. */
export type Request =
  | { readonly kind: "publish"; readonly job: PublishJob }
  | { readonly kind: "receive"; readonly secret: string }
  | { readonly kind: "fill"; readonly events: number }
  | { readonly kind: "work" }
  | { readonly kind: "finish" };

export interface PublishJob {
  /** Batches under way at once. */
  readonly lanes: number;
  readonly batch: number;
  /** What is confirmed in this time is not counted. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/**
 * Its answer: that it is open, that a request is done, where it listens, how many events it has worked off by now, or
 * what went wrong.
 */
export type Answer =
  | { readonly kind: "open" | "filled" | "working" | "finished" }
  | { readonly kind: "published"; readonly perSecond: number }
  | { readonly kind: "receiving"; readonly port: number }
  | { readonly kind: "done"; readonly events: number }
  | { readonly kind: "failed"; readonly why: string };
