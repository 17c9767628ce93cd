import type { DemoSender } from "./demo-sender.ts";
import type { HappeningKind } from "./happening.ts";

/** One thing that a newcomer is shown. */
export interface Step {
  /** Fits a terminal of 80 columns, behind its number. */
  readonly says: string;
  readonly act?: (sender: DemoSender) => Promise<void>;
  /** What the newcomer then sees; the next step waits for it. */
  readonly until?: HappeningKind;
}

/** Each thing alone, before all of them come together. */
export const tour: readonly Step[] = [
  {
    says: "The sender learns our URL, a secret and what we want: POST /webhooks.",
    act: (sender) => sender.register(),
  },
  {
    says: "An SMS is sent: POST /messages. Events will tell what becomes of it.",
    act: (sender) => sender.sendSms("works"),
  },
  {
    says: "Each event is signed. Hookwell checks it, stores it, then answers 200.",
    until: "handled",
  },
  {
    says: "The sender repeats itself. The repeat is counted, and not handled again.",
    act: async (sender) => {
      await sender.trouble({ duplicate: 1, reorder: 0 });
      await sender.sendSms("works");
    },
    until: "duplicate",
  },
  {
    says: "It mixes up the order. What comes after something newer is obsolete.",
    act: async (sender) => {
      await sender.trouble({ duplicate: 0, reorder: 1 });
      // Two, since the first one may be in time by chance.
      await sender.sendSms("works");
      await sender.sendSms("works");
      // Only their first events are late.
      await sender.trouble({ duplicate: 0, reorder: 0 });
    },
    until: "obsolete",
  },
  {
    says: "A handler fails. Hookwell tries again, and waits longer each time.",
    act: (sender) => sender.sendSms("fails once"),
    until: "retrying",
  },
  {
    says: "One fails for good: a dead letter, to be replayed from the console.",
    act: (sender) => sender.sendSms("fails for good"),
    until: "dead",
  },
  {
    says: "So it goes on, an SMS every two seconds. Look around in the console.",
    act: (sender) => sender.trouble({ duplicate: 0.15, reorder: 0.3 }),
  },
];
