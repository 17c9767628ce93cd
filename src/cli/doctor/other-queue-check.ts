import { type Check, warn } from "./check.ts";

/** The last start on the data folder had another queue: this is not the one of the server, or it is about to change. */
export function checkOtherQueue(
  data: string,
  { noted, named }: { readonly noted: string; readonly named: string },
): Check {
  return warn(
    "Queue",
    `These settings name the queue ${named}, but the last start on ${data} had ${noted} as its queue.`,
    "Set HOOKWELL_QUEUE, or --queue, as it is set there. If the change is intended, messages that still wait in the earlier queue need a `hookwell process` with that queue, while no worker of another queue uses its ledger.",
  );
}
