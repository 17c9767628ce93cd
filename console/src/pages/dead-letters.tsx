import type { ReactNode } from "react";
import { counted } from "../../../src/lib/amounts.ts";
import type { Query } from "../api.ts";
import { useApi } from "../context.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Empty } from "../parts/empty.tsx";
import { EventTable } from "../parts/event-table.tsx";
import { Filter } from "../parts/filter.tsx";
import { nothingHere, Pager } from "../parts/pager.tsx";
import { Unanswered } from "../parts/unanswered.tsx";
import { useLive } from "../use-live.ts";

interface DeadLettersPageProps {
  readonly query: Query;
}

/** Events whose handler failed for good; they stay until somebody replays or removes them. */
export function DeadLettersPage({ query }: DeadLettersPageProps): ReactNode {
  const api = useApi();
  const { cursor: _, ...filter } = query;
  const { data, error, again } = useLive(api.events({ ...query, status: "dead" }));
  const some = data !== undefined && data.items.length > 0;
  return (
    <>
      <h1>Dead letters</h1>
      <Filter page="dead-letters" query={query} />
      <p className="deeds">
        <Confirm
          title="Replay all"
          idle={!some}
          question={async () => {
            const { matched } = await api.replayMany({ ...filter, dryRun: true });
            return `Handle ${counted(matched, "event")} again?`;
          }}
          act={async () => {
            const { replayed } = await api.replayMany(filter);
            again();
            return `${counted(replayed, "event")} ${replayed === 1 ? "was" : "were"} put into the queue again.`;
          }}
        />
      </p>
      <Unanswered data={data} error={error} />
      {data?.items.length === 0 && <Empty>{emptyText(filter, data.next)}</Empty>}
      {some && <EventTable events={data.items} />}
      <Pager page="dead-letters" query={query} next={data?.next ?? null} />
    </>
  );
}

function emptyText(filter: Query, next: string | null): string {
  if (next !== null) return nothingHere;
  return Object.keys(filter).length > 0
    ? "No dead letter matches all of these conditions."
    : "No event has failed for good.";
}
