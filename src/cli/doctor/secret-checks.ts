import type { Config } from "../../config/load-config.ts";
import { secretWarnings } from "../../config/secret-settings.ts";
import { readSecrets } from "../../config/secrets.ts";
import { type Check, failed, ok, warn } from "./check.ts";

/** Is there a secret, and is each long enough? */
export async function checkSecrets({ data, secrets }: Config): Promise<readonly Check[]> {
  try {
    const stored = (await readSecrets(data)).map((secret) => ({
      ...secret,
      writtenAs: `The secret "${secret.name}"`,
    }));
    const all = [...secrets, ...stored];
    if (all.length === 0) return [ok("Secrets", "None yet; the first start makes one and shows it.")];
    const weak = secretWarnings(all).map((warning) =>
      warn(
        "Secrets",
        warning,
        "Add a longer one with `hookwell secret add NAME`, set it at the sender, retire this one.",
      ),
    );
    return weak.length > 0 ? weak : [ok("Secrets", `Active: ${all.map(({ name }) => name).join(", ")}`)];
  } catch (error) {
    return [failed("Secrets", error)];
  }
}
