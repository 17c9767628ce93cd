import { below } from "../../lib/random.ts";

/** From and up to so many ms. */
export type MsRange = readonly [from: number, to: number];

/** What becomes of a message. */
export type MessageOutcome = "read" | "delivered" | "failed" | "expired";

/** Chances and times of the lives of messages. Shares are from 0 to 1. */
export interface LifeScript {
  /** How often each end comes, in proportion to the others; `delivered` means delivered, but never read. */
  readonly outcomes: Readonly<Record<MessageOutcome, number>>;
  /** Share of the messages that have a `message.sentRequest` (a guess: no vendor page has it). */
  readonly sentRequest: number;
  /** Share of the delivered messages whose link is clicked, on channels with links. */
  readonly click: number;
  /** Share of the delivered messages about which somebody complains, on channels with complaints. */
  readonly complaint: number;
  /** Share of the delivered messages that somebody answers (`message.inbound`). */
  readonly answer: number;
  /** Ms from the event before to this one. */
  readonly times: {
    readonly sent: MsRange;
    readonly delivered: MsRange;
    readonly read: MsRange;
    readonly failed: MsRange;
    readonly expired: MsRange;
    readonly click: MsRange;
    readonly complaint: MsRange;
    readonly answer: MsRange;
  };
}

/** Most messages are read within seconds, a few fail or expire. */
export const defaultScript: LifeScript = {
  outcomes: { read: 0.7, delivered: 0.2, failed: 0.07, expired: 0.03 },
  sentRequest: 1,
  click: 0.1,
  complaint: 0.02,
  answer: 0.05,
  times: {
    sent: [100, 400],
    delivered: [500, 3_000],
    read: [1_000, 10_000],
    failed: [500, 5_000],
    expired: [30_000, 60_000],
    click: [1_000, 10_000],
    complaint: [5_000, 30_000],
    answer: [5_000, 30_000],
  },
};

/** Every message is sent, delivered and read, one second after the other; nothing is left to chance. */
export const usualScript: LifeScript = always("read", {
  ...defaultScript,
  sentRequest: 0,
  click: 0,
  complaint: 0,
  answer: 0,
  times: { ...defaultScript.times, sent: [0, 0], delivered: [1_000, 1_000], read: [1_000, 1_000] },
});

/** A script in which each message has this end. */
export function always(outcome: MessageOutcome, script: LifeScript = defaultScript): LifeScript {
  return { ...script, outcomes: { read: 0, delivered: 0, failed: 0, expired: 0, [outcome]: 1 } };
}

/** One of the ends, as likely as the script says. */
export function outcomeOf({ outcomes }: LifeScript, random: () => number): MessageOutcome {
  const weights = Object.entries(outcomes) as readonly (readonly [MessageOutcome, number])[];
  let left = random() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [outcome, weight] of weights) {
    left -= weight;
    if (left < 0) return outcome;
  }
  return "delivered";
}

/** A whole number of ms in the range. */
export const within = ([from, to]: MsRange, random: () => number): number =>
  from + below(random, to - from + 1);
