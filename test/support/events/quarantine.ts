import type { QuarantineRecord, RecheckResponse } from "../../../src/api/contract.ts";
import type { QuarantinePort } from "../../../src/api/parts.ts";

/** A quarantine in memory, to be filled by a test. */
export interface MemoryQuarantine extends QuarantinePort {
  keep(id: string, body: Uint8Array): void;
}

export function memoryQuarantine(): MemoryQuarantine {
  const bodies = new Map<string, Uint8Array>();
  return {
    keep: (id, body) => void bodies.set(id, body),
    list: async (limit, cursor) => {
      const ids = [...bodies.keys()].toReversed();
      const from = cursor === null ? 0 : ids.indexOf(cursor) + 1;
      if (cursor !== null && from === 0) throw new RangeError("No such cursor.");
      const items = ids.slice(from, from + limit).map((id) => recordOf(id, bodies.get(id)?.length ?? 0));
      return { items, next: from + limit < ids.length ? (items.at(-1)?.id ?? null) : null };
    },
    body: async (id) => bodies.get(id),
    remove: async (id) => bodies.delete(id),
    count: async () => bodies.size,
    recheck: async (): Promise<RecheckResponse> => {
      const checked = bodies.size;
      bodies.clear();
      return { checked, accepted: checked };
    },
  };
}

function recordOf(id: string, bytes: number): QuarantineRecord {
  return {
    id,
    receivedAt: "2026-07-01T09:30:00.000Z",
    kind: "mismatch",
    reason: "The signature is of no active secret.",
    bytes,
    headers: { "content-type": "application/json" },
  };
}
