import { useMemo } from "react";
import type { Query } from "./api.ts";

/** The same object for the same conditions, so that what depends on them is not done anew. */
export function useQuery(query: Query): Query {
  const text = JSON.stringify(query);
  return useMemo(() => JSON.parse(text) as Query, [text]);
}
