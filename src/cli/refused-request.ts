import type { QuarantineRecord } from "../api/contract.ts";
import type { ApiClient } from "./client/api-client.ts";
import { NotFoundError } from "./failure.ts";
import { items } from "./client/pages.ts";

export const quarantinePath = "/api/v1/quarantine";

/** @throws {NotFoundError} if no refused request has this id */
export async function findRefused(client: ApiClient, id: string): Promise<QuarantineRecord> {
  for await (const record of items<QuarantineRecord>(client, quarantinePath, {}, Number.MAX_SAFE_INTEGER)) {
    if (record.id === id) return record;
  }
  throw new NotFoundError(
    `No request in the quarantine has the id ${id}; \`hookwell quarantine list\` shows them.`,
  );
}

/** The exact bytes of a refused request. */
export const refusedBody = (client: ApiClient, id: string): Promise<Uint8Array> =>
  client.bytes(`${quarantinePath}/${encodeURIComponent(id)}/body`);
