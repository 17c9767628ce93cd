import { type ReactNode, useCallback } from "react";
import { printable } from "../../../src/lib/printable.ts";
import { useApi } from "../context.ts";
import { Timeline } from "../parts/timeline.tsx";
import { Facts } from "../parts/facts.tsx";
import { Status } from "../parts/status.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { useLive } from "../use-live.ts";

/** All that came of one message, profile or conversation, in the order of its revisions. */
export function EntityPage({ entity }: { readonly entity: string }): ReactNode {
  const api = useApi();
  const load = useCallback((signal: AbortSignal) => api.entity(entity, signal), [api, entity]);
  const { data, error } = useLive(load);
  return (
    <>
      <h1>{printable(entity)}</h1>
      <Trouble error={error} />
      {data && (
        <>
          <Facts
            facts={{
              Now: (
                <>
                  {printable(data.latest.name)} <Status status={data.latest.status} />
                </>
              ),
              Events: data.events.length,
            }}
          />
          <Timeline events={data.events} />
        </>
      )}
    </>
  );
}
