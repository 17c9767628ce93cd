/** What failed of all that was asked at the same time. */
export interface Failed {
  /** Its place among all. */
  readonly place: number;
  readonly reason: unknown;
}

/** In the order of their places; `ends` are those of `Promise.allSettled`. */
export const failedOf = (ends: readonly PromiseSettledResult<unknown>[]): readonly Failed[] =>
  ends.flatMap((end, place) => (end.status === "rejected" ? { place, reason: end.reason as unknown } : []));
