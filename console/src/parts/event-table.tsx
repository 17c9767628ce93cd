import type { ReactNode } from "react";
import type { EventRecord } from "../../../src/api/contract.ts";
import { printable } from "../../../src/lib/printable.ts";
import { hrefOf } from "../address.ts";
import { EventLink } from "./event-link.tsx";
import { Moment } from "./moment.tsx";
import { Remarks } from "./remarks.tsx";
import { Status } from "./status.tsx";
import { Still } from "./still.tsx";

interface EventTableProps {
  readonly events: readonly EventRecord[];
}

/** Events of any entities, in the order in which the API lists them. */
export function EventTable({ events }: EventTableProps): ReactNode {
  return (
    <Still items={events} keyOf={({ eventId }) => eventId}>
      {(shown) => (
        <div className="wide">
          <table className="events">
            <thead>
              <tr>
                <th>Received</th>
                <th>Name</th>
                <th>Status</th>
                <th>Entity</th>
                <th className="number">Revision</th>
                <th>Remarks</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((event) => (
                <Row key={event.eventId} event={event} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Still>
  );
}

function Row({ event }: { readonly event: EventRecord }): ReactNode {
  const { entity, revision, status, receivedAt } = event;
  return (
    <tr>
      <td className="when">
        <Moment at={receivedAt} />
      </td>
      <td className="title">
        <EventLink event={event} />
      </td>
      <td className="state">
        <Status status={status} />
      </td>
      <td className="id">
        <a href={hrefOf("entity", { subject: entity })} title={printable(entity)}>
          {printable(entity)}
        </a>
      </td>
      <td className="number revision" data-label="Revision">
        {revision ?? "–"}
      </td>
      <td className="remarks">
        <Remarks event={event} />
      </td>
    </tr>
  );
}
