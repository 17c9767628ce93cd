import type { ReactNode } from "react";
import { ago, localTime } from "../../../src/lib/times.ts";

interface MomentProps {
  /** ISO 8601. */
  readonly at: string | null;
  /** How long ago it was, or the time of the visitor's clock. */
  readonly as?: "ago" | "time";
}

/** A moment, with its exact form for those who point at it. */
export function Moment({ at, as = "time" }: MomentProps): ReactNode {
  if (at === null) return "–";
  return (
    <time dateTime={at} title={at}>
      {as === "ago" ? ago(at, Date.now()) : localTime(at)}
    </time>
  );
}
