import type { ReactNode } from "react";
import type { EventRecord } from "../../../src/api/contract.ts";
import { ErrorText } from "./error-text.tsx";
import { Synthetic } from "./synthetic.tsx";

/** What is unusual about an event. */
export function Remarks({ event }: { readonly event: EventRecord }): ReactNode {
  return (
    <>
      {event.synthetic && (
        <>
          <Synthetic />{" "}
        </>
      )}
      {remarksOf(event)}
      <ErrorText error={event.error} />
    </>
  );
}

export const hasRemarks = (event: EventRecord): boolean =>
  event.synthetic || event.error !== null || remarksOf(event) !== "";

function remarksOf({ attempts, conflict, deliveries, status }: EventRecord): string {
  return [
    attempts > 1 && `${attempts} attempts`,
    deliveries > 1 && `received ${deliveries} times`,
    status === "obsolete" && "came after a newer revision",
    conflict && "another event has the same revision",
  ]
    .filter((remark) => remark !== false)
    .join(", ");
}
