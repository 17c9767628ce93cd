import type { SecretUse } from "./api/contract.ts";
import type { ApiParts } from "./api/parts.ts";
import type { Secret } from "./event/signature.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Log } from "./log.ts";
import { quarantineView } from "./quarantine-view.ts";
import { recheck } from "./receive/recheck.ts";
import type { Drift } from "./schema/drift.ts";
import type { Stores } from "./stores.ts";

/** What the API of a server has beside the stores. */
export interface OfServer {
  readonly drift: Drift;
  readonly stopping: AbortSignal;
}

/** What the API reads from and acts upon. */
export function apiParts(
  stores: Stores & { readonly ledger: Ledger },
  log: Log,
  server?: OfServer,
): ApiParts {
  const { queue, ledger, quarantine, families, secrets, secretUse, newCopy } = stores;
  const onVerified = (name: string): void => secretUse.count(name);
  const active = (): readonly Secret[] => secrets.active();
  return {
    queue,
    ledger,
    quarantine: quarantineView(quarantine, async () => {
      // People mostly ask for this right after they added a secret.
      await secrets.look();
      return recheck({ quarantine, queue, families, secrets: active, onVerified, newCopy });
    }),
    families,
    secretUse: () => secretUseOf(stores),
    newCopy,
    now: Date.now,
    log,
    ...(server && { stopping: server.stopping, drift: () => server.drift.report() }),
  };
}

/** How often each active secret gave the signature of a request, in the order in which they are tried. */
export async function secretUseOf({ secrets, secretUse, quarantine }: Stores): Promise<readonly SecretUse[]> {
  await secretUse.write();
  const used = new Map((await quarantine.secretUse()).map((use) => [use.name, use]));
  return secrets.active().map(({ name }) => {
    const use = used.get(name);
    const lastUsedAt = use === undefined ? null : new Date(use.lastUsedAt).toISOString();
    return { name, hits: use?.hits ?? 0, lastUsedAt };
  });
}
