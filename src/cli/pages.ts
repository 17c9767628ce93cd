import type { ListResponse } from "../api/contract.ts";
import type { ApiClient, Query } from "./api-client.ts";

/** Most items of one page of the API. */
const mostOfPage = 1_000;

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
      limit: Math.min(left, mostOfPage),
    });
    for (const item of page.items.slice(0, left)) yield item;
    left -= page.items.length;
    cursor = page.next ?? undefined;
  } while (left > 0 && cursor !== undefined);
}
