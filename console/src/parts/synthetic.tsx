import type { ReactNode } from "react";

/** Marks an event that did not come from the sender. */
export function Synthetic(): ReactNode {
  return (
    <span className="kind" title="queued by hookwell messages reconcile, not sent by the sender">
      synthetic
    </span>
  );
}
