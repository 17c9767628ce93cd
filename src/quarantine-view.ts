import type { QuarantineRecord, RecheckResponse } from "./api/contract.ts";
import type { QuarantinePort } from "./api/parts.ts";
import { shared } from "./lib/async/shared.ts";
import type { KeptRequest, Quarantine } from "./receive/quarantine.ts";

/**
 * The quarantine as the API shows it, page by page.
 *
 * @param recheck the second check; one runs at a time, and whoever asks for it meanwhile gets the same result
 */
export function quarantineView(
  quarantine: Quarantine,
  recheck: () => Promise<RecheckResponse>,
): QuarantinePort {
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

function toRecord({ receivedAt, ...rest }: KeptRequest): QuarantineRecord {
  return { ...rest, receivedAt: new Date(receivedAt).toISOString() };
}
