import type { ReactNode } from "react";
import { hrefOf, type Page } from "../address.ts";
import type { Query } from "../api.ts";

interface PagerProps {
  readonly page: Page;
  readonly query: Query;
  /** Where the next page of the list begins; null at its end. */
  readonly next: string | null;
}

/** Shown for a piece of a list in which nothing was found: a search goes through one piece at a time. */
export const nothingHere = "Nothing was found in this part of the list. “Older” searches the next part.";

/** Ways to older entries, and back to the newest. */
export function Pager({ page, query, next }: PagerProps): ReactNode {
  const { cursor, ...filter } = query;
  if (cursor === undefined && next === null) return null;
  return (
    <nav className="pager" aria-label="Pages of the list">
      {cursor !== undefined && <a href={hrefOf(page, { query: filter })}>Newest</a>}
      {next !== null && <a href={hrefOf(page, { query: { ...filter, cursor: next } })}>Older</a>}
    </nav>
  );
}
