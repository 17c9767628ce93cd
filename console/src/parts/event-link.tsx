import { Fragment, type ReactNode } from "react";
import type { EventRecord } from "../../../src/api/contract.ts";
import { printable } from "../../../src/lib/printable.ts";
import { hrefOf } from "../address.ts";

/** The name of an event, as a link to it; a long name may break after a dot. */
export function EventLink({ event }: { readonly event: EventRecord }): ReactNode {
  const words = printable(event.name).split(/(?<=\.)/);
  return (
    <a href={hrefOf("event", { subject: event.eventId })}>
      {words.map((word, index) => (
        <Fragment key={index}>
          {word}
          <wbr />
        </Fragment>
      ))}
    </a>
  );
}
