import { join } from "node:path";
import { sign } from "../../../src/event/signature.ts";
import type { QuarantineLimits } from "../../../src/receive/quarantine-store.ts";
import { Quarantine, type Refused } from "../../../src/receive/quarantine.ts";
import { tempFolder } from "../temp-folder.ts";

/** A request that was refused, for a test. */
export function aRefused(fields: Partial<Refused> = {}): Refused {
  return {
    receivedAt: 1_000,
    kind: "mismatch",
    reason: "The signature matches no active secret.",
    headers: {},
    body: Buffer.from('{"eventId":"e1","name":"message.sent"}'),
    ...fields,
  };
}

/** One that this secret would have accepted. */
export function refusedSignedWith(secret: string, body: string, fields: Partial<Refused> = {}): Refused {
  const headers = { "x-comapi-signature": sign(body, secret) };
  return aRefused({ headers, body: Buffer.from(body), ...fields });
}

/** A quarantine in a folder of its own. */
export interface OpenQuarantine extends AsyncDisposable {
  readonly quarantine: Quarantine;
  readonly path: string;
  /** One more over the same file. */
  reopen(): Quarantine;
}

export async function openQuarantine(limits: Partial<QuarantineLimits> = {}): Promise<OpenQuarantine> {
  const folder = await tempFolder();
  const path = join(folder.path, "receive.db");
  const opened: Quarantine[] = [];
  const open = (): Quarantine => {
    const quarantine = new Quarantine(path, { maxCount: 1_000, maxBytes: 100_000_000, ...limits });
    opened.push(quarantine);
    return quarantine;
  };
  return {
    quarantine: open(),
    path,
    reopen: open,
    [Symbol.asyncDispose]: async () => {
      for (const quarantine of opened) await quarantine.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
