import type { ReactNode } from "react";
import { localTime } from "../../../src/lib/times.ts";

interface MomentProps {
  /** ISO 8601. */
  readonly at: string | null;
}

/** A moment in the visitor's zone, with its exact form for those who point at it. */
export function Moment({ at }: MomentProps): ReactNode {
  if (at === null) return "–";
  return (
    <time dateTime={at} title={at}>
      {localTime(at)}
    </time>
  );
}
