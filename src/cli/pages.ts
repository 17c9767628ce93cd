import type { ListResponse } from "../api/contract.ts";
import { mostItems } from "../ledger/ledger.ts";
import type { ApiClient, Query } from "./api-client.ts";

/** Items of a long list, page by page, until there are enough. */
export async function* items<T>(
  client: ApiClient,
  path: string,
  query: Query,
  limit: number,
): AsyncIterable<T> {
  let left = limit;
  let cursor: string | undefined;
  do {
    const page: ListResponse<T> = await client.get(path, {
      ...query,
      cursor,
      limit: Math.min(left, mostItems),
    });
    for (const item of page.items.slice(0, left)) yield item;
    left -= page.items.length;
    cursor = page.next ?? undefined;
  } while (left > 0 && cursor !== undefined);
}
