import type { ReactNode } from "react";
import type { EventRecord } from "../../../src/api/contract.ts";
import { timeBetween } from "../../../src/lib/times.ts";
import { EventLink } from "./event-link.tsx";
import { Moment } from "./moment.tsx";
import { Remarks } from "./remarks.tsx";
import { Status } from "./status.tsx";

interface TimelineProps {
  /** Of one entity, in the order of their revisions. */
  readonly events: readonly EventRecord[];
}

/** What happened to an entity, by the sender's clock. */
export function Timeline({ events }: TimelineProps): ReactNode {
  return (
    <div className="wide">
      <table className="events">
        <thead>
          <tr>
            <th className="number">Revision</th>
            <th>Name</th>
            <th>Status</th>
            <th>Occurred</th>
            <th className="number">After</th>
            <th>Remarks</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event, index) => (
            <tr key={event.eventId}>
              <td className="number revision" data-label="Revision">
                {event.revision ?? "–"}
              </td>
              <td className="title">
                <EventLink event={event} />
              </td>
              <td className="state">
                <Status status={event.status} />
              </td>
              <td className="when">
                <Moment at={event.occurredAt} />
              </td>
              <td className="number after" data-label="After">
                {timeBetween(events[index - 1]?.occurredAt, event.occurredAt)}
              </td>
              <td className="remarks">
                <Remarks event={event} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
