import type { ReactNode } from "react";
import type { EventRecord } from "../../../src/api/contract.ts";
import { printable } from "../../../src/lib/printable.ts";
import { count } from "../../../src/lib/amounts.ts";
import { hrefOf } from "../address.ts";
import { useApi } from "../context.ts";
import { Timeline } from "../parts/timeline.tsx";
import { Facts } from "../parts/facts.tsx";
import { Status } from "../parts/status.tsx";
import { Unanswered } from "../parts/unanswered.tsx";
import { useLive } from "../use-live.ts";

/** A timeline is asked for again and again, so it is not all of it. */
const mostEvents = 100;

/** What came of one message, profile or conversation, in the order of its revisions. */
export function EntityPage({ entity }: { readonly entity: string }): ReactNode {
  const { data, error } = useLive(useApi().entity(entity, mostEvents));
  return (
    <>
      <h1>{printable(entity)}</h1>
      <Unanswered data={data} error={error} />
      {data && (
        <>
          <Facts
            facts={{
              Now: (
                <>
                  {printable(data.latest.name)} <Status status={data.latest.status} />
                </>
              ),
              Events: <Extent events={data.events} entity={entity} />,
            }}
          />
          <Timeline events={data.events} />
        </>
      )}
    </>
  );
}

interface ExtentProps {
  readonly entity: string;
  readonly events: readonly EventRecord[];
}

function Extent({ entity, events }: ExtentProps): ReactNode {
  if (events.length < mostEvents) return count(events.length);
  return (
    <>
      the newest {count(events.length)}; <a href={hrefOf("events", { query: { entity } })}>list all</a>
    </>
  );
}
