import type { ReactNode } from "react";
import type { Attempt, EventDetail, EventRecord } from "../../../src/api/contract.ts";
import { printable } from "../../../src/lib/printable.ts";
import { span } from "../../../src/lib/times.ts";
import { hrefOf } from "../address.ts";
import { useApi } from "../context.ts";
import { Confirm } from "../parts/confirm.tsx";
import { ErrorText } from "../parts/error-text.tsx";
import { Facts } from "../parts/facts.tsx";
import { Json } from "../parts/json.tsx";
import { Moment } from "../parts/moment.tsx";
import { hasRemarks, Remarks } from "../parts/remarks.tsx";
import { Remove } from "../parts/remove.tsx";
import { Status } from "../parts/status.tsx";
import { Unanswered } from "../parts/unanswered.tsx";
import { useLive } from "../use-live.ts";

export function EventPage({ eventId }: { readonly eventId: string }): ReactNode {
  const api = useApi();
  const event = useLive(api.event(eventId));
  const body = useLive(api.body(eventId), { everyMs: null });
  return (
    <>
      {event.data === undefined && <h1>{printable(eventId)}</h1>}
      <Unanswered data={event.data} error={event.error ?? body.error} />
      {event.data && <Detail event={event.data} onChange={event.again} />}
      {body.data !== undefined && (
        <section>
          <h2>Body</h2>
          <Json text={body.data} />
        </section>
      )}
    </>
  );
}

interface DetailProps {
  readonly event: EventDetail;
  readonly onChange: () => void;
}

function Detail({ event, onChange }: DetailProps): ReactNode {
  return (
    <>
      <h1>
        {printable(event.name)} <Status status={event.status} />
      </h1>
      <Deeds event={event} onChange={onChange} />
      <Facts
        facts={{
          Event: <code>{printable(event.eventId)}</code>,
          Entity: <a href={hrefOf("entity", { subject: event.entity })}>{printable(event.entity)}</a>,
          Revision: event.revision ?? "none",
          Received: <Moment at={event.receivedAt} />,
          Occurred: <Moment at={event.occurredAt} />,
          Settled: <Moment at={event.settledAt} />,
          Account: event.accountId,
          "API Space": event.apiSpaceId,
          Remarks: hasRemarks(event) ? <Remarks event={event} /> : null,
        }}
      />
      {event.attemptLog.length > 0 && <Attempts attempts={event.attemptLog} />}
    </>
  );
}

const replayQuestions: Readonly<Record<EventRecord["status"], string>> = {
  pending: "Put it into the queue again? If it is under way, nothing more happens.",
  retrying: "Try it now instead of waiting for its next attempt?",
  handled: "It was handled before. Handle it again?",
  obsolete: "A newer revision was handled, so it becomes obsolete again. Replay it?",
  dead: "Handle it again?",
};

/** What can be done to an event. */
function Deeds({ event, onChange }: DetailProps): ReactNode {
  const api = useApi();
  const { eventId, status } = event;
  return (
    <p className="deeds">
      <Confirm
        title="Replay"
        question={async () => replayQuestions[status]}
        act={async () => {
          await api.replay(eventId);
          onChange();
          return "It was put into the queue again.";
        }}
      />
      {status === "dead" && (
        <Remove
          remove={async () => {
            await api.removeDeadLetter(eventId);
            location.hash = hrefOf("dead-letters");
          }}
        />
      )}
    </p>
  );
}

function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }): ReactNode {
  return (
    <section>
      <h2>Attempts</h2>
      <div className="wide">
        <table>
          <thead>
            <tr>
              <th className="number">No.</th>
              <th>Began</th>
              <th className="number">Took</th>
              <th>Outcome</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map(({ attempt, startedAt, endedAt, outcome, error }) => (
              <tr key={`${attempt} ${startedAt}`}>
                <td className="number" data-label="No.">
                  {attempt}
                </td>
                <td>
                  <Moment at={startedAt} />
                </td>
                <td className="number" data-label="Took">
                  {span(Date.parse(endedAt) - Date.parse(startedAt))}
                </td>
                <td>
                  {outcome}
                  <ErrorText error={error} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
