import type { EventRecord } from "../../api/contract.ts";
import type { ApiClient } from "./api-client.ts";
import { NotFoundError, UsageError } from "../failure.ts";
import { items } from "./pages.ts";

/** Tables that shorten ids. A dead letter may be older than many events. */
const tables = ["/api/v1/events", "/api/v1/dead-letters"];

/** How many of the newest in each are searched for an id. */
const lookedThrough = 10_000;

/**
 * The whole of an id that was copied from a table, where `…` stands for its middle.
 *
 * @throws {UsageError} if it may mean several
 */
export async function completeId(client: ApiClient, id: string): Promise<string> {
  if (!id.includes("…")) return id;
  const [start = "", end = ""] = id.split("…");
  const fits = (whole: string): boolean =>
    whole.length >= start.length + end.length && whole.startsWith(start) && whole.endsWith(end);
  for (const path of tables) {
    const found = new Set<string>();
    for await (const event of items<EventRecord>(client, path, {}, lookedThrough)) {
      if (fits(event.eventId)) found.add(event.eventId);
      if (fits(event.entity)) found.add(event.entity);
      if (found.size > 1)
        throw new UsageError(`${id} may mean ${[...found].join(" or ")}: write it in full.`);
    }
    const [whole] = found;
    if (whole !== undefined) return whole;
  }
  throw new NotFoundError(`None of the newest events and dead letters matches ${id}: write it in full.`);
}
