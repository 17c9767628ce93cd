import type { Config } from "../../config/load-config.ts";
import {
  pathsForSecrets,
  shortSecrets,
  tokenWarnings,
  type WrittenSecret,
} from "../../config/secrets/secret-settings.ts";
import { notTaken, readSecrets } from "../../config/secrets/secrets.ts";
import { hasReceiver } from "../../config/folder/server-notes.ts";
import { readToken, tokenPath } from "../../config/folder/token.ts";
import type { Secret } from "../../event/signature.ts";
import { type Check, failed, ok, warn } from "./check.ts";

/** Is there a secret, is each long enough, and is each of the data folder in use? */
export async function checkSecrets({ data, secrets }: Config): Promise<readonly Check[]> {
  try {
    const stored = (await readSecrets(data)).map((secret) => ({
      ...secret,
      writtenAs: `The secret "${secret.name}"`,
    }));
    const taken = new Map(secrets.map((secret) => [secret.name, secret]));
    const all = [...secrets, ...notTaken(stored, secrets)];
    if (all.length === 0) return [await checkNone(data)];
    const longer = "Add a longer one with `hookwell secret add NAME`, set it at the sender, retire this one.";
    const weak = [
      ...shortSecrets(all).map((says) => warn("Secrets", says, longer)),
      ...pathsForSecrets(all).map((says) => warn("Secrets", says)),
    ];
    const active = ok("Secrets", `Active: ${all.map(({ name }) => name).join(", ")}`);
    const hidden = stored.flatMap((secret) => checkHidden(secret, taken.get(secret.name)));
    return [...(weak.length > 0 ? weak : [active]), ...hidden];
  } catch (error) {
    return [failed("Secrets", error)];
  }
}

/** Can the token of the data folder be used? A start fails without it. */
export async function checkToken({ data, token }: Config): Promise<readonly Check[]> {
  // The one that is set is among the settings.
  if (token !== null) return [];
  try {
    const kept = await readToken(data);
    const cure = `Is its file cut off? Remove ${tokenPath(data)}, and the next start generates one.`;
    return tokenWarnings(kept ?? null).map((says) => warn("Token", says, cure));
  } catch (error) {
    return [failed("Token", error)];
  }
}

/** Only a start makes a secret: a receiver whose last one was retired or removed accepts nothing. */
async function checkNone(data: string): Promise<Check> {
  if (!(await hasReceiver(data)))
    return ok(
      "Secrets",
      "None is known here; the first start that receives generates one and shows it. A program with createReceiver has its own.",
    );
  return warn(
    "Secrets",
    "None is known here, but a receiver runs on this folder: unless its environment has one, it accepts nothing (503).",
    "Add one with `hookwell secret add NAME`, and set it at the sender.",
  );
}

/** A secret of the data folder whose name is taken is missed only if the other has another value. */
function checkHidden({ name, value }: Secret, taker: WrittenSecret | undefined): readonly Check[] {
  if (taker === undefined || taker.value === value) return [];
  return [
    warn(
      "Secrets",
      `The secret "${name}" of the data folder is not active, since ${taker.writtenAs} uses the same name.`,
      "If the sender still signs with it, set it as HOOKWELL_SECRET_OLD too, until the sender signs with the other.",
    ),
  ];
}
