import type { ReactNode } from "react";
import type { Query } from "../api.ts";
import { useApi } from "../context.ts";
import { Empty } from "../parts/empty.tsx";
import { EventTable } from "../parts/event-table.tsx";
import { Filter } from "../parts/filter.tsx";
import { nothingHere, Pager } from "../parts/pager.tsx";
import { Unanswered } from "../parts/unanswered.tsx";
import { useLive } from "../use-live.ts";

interface EventsPageProps {
  readonly query: Query;
}

export function EventsPage({ query }: EventsPageProps): ReactNode {
  const { data, error } = useLive(useApi().events(query));
  return (
    <>
      <h1>Events</h1>
      <Filter page="events" query={query} withStatus />
      <Unanswered data={data} error={error} />
      {data?.items.length === 0 && <Empty>{emptyText(query, data.next)}</Empty>}
      {data !== undefined && data.items.length > 0 && <EventTable events={data.items} />}
      <Pager page="events" query={query} next={data?.next ?? null} />
    </>
  );
}

/** A search goes through the list piece by piece, so a piece without a find is not its end. */
function emptyText(query: Query, next: string | null): string {
  if (next !== null) return nothingHere;
  if (Object.keys(query).length > 0) return "No event matches all of these conditions.";
  return "No event has been processed yet. Send one: hookwell send message.sent";
}
