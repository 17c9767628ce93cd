/** What the gate says of an event that has not been settled yet. */
export type GateVerdict =
  | { readonly kind: "fresh"; readonly conflict: boolean }
  | { readonly kind: "obsolete"; readonly newest: number };

/**
 * The rule that every ledger obeys: once revision n of a state has been handled, no lower one is. An equal
 * revision under another event id is handled all the same, and flagged as a conflict: nothing tells which of the
 * two is right, and losing one would be worse than handling both.
 *
 * @param newest the newest revision *handled* for the same state; `undefined` if none was
 * @param incoming the revision of this event; `null` if it has none, which is never obsolete
 */
export function revisionGate(newest: number | undefined, incoming: number | null): GateVerdict {
  if (newest === undefined || incoming === null) return { kind: "fresh", conflict: false };
  if (incoming < newest) return { kind: "obsolete", newest };
  return { kind: "fresh", conflict: incoming === newest };
}
