import { shared } from "../lib/shared.ts";
import type { KeptRequest, Quarantine } from "./quarantine.ts";

/** A kept request for people: times as ISO 8601. */
export type KeptRecord = Omit<KeptRequest, "receivedAt"> & { readonly receivedAt: string };

/** The quarantine as the API shows it, page by page. */
export interface QuarantineView {
  /** Newest first. */
  list(limit: number, cursor: string | null): Promise<{ items: readonly KeptRecord[]; next: string | null }>;
  body(id: string): Promise<Uint8Array | undefined>;
  remove(id: string): Promise<boolean>;
  count(): Promise<number>;
  recheck(): Promise<{ checked: number; accepted: number }>;
}

/** @param recheck what a second check does; one runs at a time, and whoever asks meanwhile gets its result */
export function quarantineView(
  quarantine: Quarantine,
  recheck: () => Promise<{ checked: number; accepted: number }>,
): QuarantineView {
  return {
    list: async (limit, cursor) => {
      if (cursor !== null && !/^\d{1,15}$/.test(cursor))
        throw new RangeError("The cursor is not one of this list's.");
      const kept = await quarantine.list(limit + 1, cursor);
      const items = kept.slice(0, limit);
      return { items: items.map(toRecord), next: kept.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    body: async (id) => (await quarantine.get(id))?.body,
    remove: (id) => quarantine.remove(id),
    count: () => quarantine.count(),
    recheck: shared(recheck),
  };
}

function toRecord({ receivedAt, ...rest }: KeptRequest): KeptRecord {
  return { ...rest, receivedAt: new Date(receivedAt).toISOString() };
}
