import type { ListResponse } from "../../api/contract.ts";
import { mostItems } from "../../ledger/ledger.ts";
import type { ApiClient, Query } from "./api-client.ts";

/**
 * Items of a long list, page by page, until there are enough.
 *
 * @param signal gives up what was not read yet
 */
export async function* items<T>(
  client: Pick<ApiClient, "get">,
  path: string,
  query: Query,
  limit: number,
  signal?: AbortSignal,
): AsyncIterable<T> {
  let left = limit;
  let cursor: string | undefined;
  do {
    const asked = { ...query, cursor, limit: Math.min(left, mostItems) };
    const page: ListResponse<T> = await client.get(path, asked, signal);
    for (const item of page.items.slice(0, left)) yield item;
    left -= page.items.length;
    cursor = page.next ?? undefined;
  } while (left > 0 && cursor !== undefined);
}
