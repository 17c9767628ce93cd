import type { EventRecord } from "../../api/contract.ts";

/** What can happen to an event, in the order in which a newcomer meets it. */
export const happeningKinds = ["accepted", "duplicate", "obsolete", "retrying", "dead", "handled"] as const;
export type HappeningKind = (typeof happeningKinds)[number];

export interface Happening {
  readonly kind: HappeningKind;
  /** The event as it is after that. */
  readonly record: EventRecord;
}

/**
 * What happened to an event between two looks at it.
 *
 * @param before undefined if it was not known yet
 */
export function happeningsOf(before: EventRecord | undefined, record: EventRecord): readonly Happening[] {
  const isRepeated = record.deliveries > (before?.deliveries ?? 1);
  const isChanged = record.status !== before?.status || record.attempts > before.attempts;
  const kinds: readonly (HappeningKind | undefined)[] = [
    before === undefined ? "accepted" : undefined,
    isRepeated ? "duplicate" : undefined,
    isChanged && record.status !== "pending" ? record.status : undefined,
  ];
  return kinds.flatMap((kind) => (kind === undefined ? [] : [{ kind, record }]));
}

/** Why the newest attempt failed, without the usual class of errors; empty if it did not. */
export const failureOf = ({ error }: EventRecord): string => error?.replace(/^Error: /, "") ?? "";
