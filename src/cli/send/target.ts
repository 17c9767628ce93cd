import { withoutLogin } from "../../lib/without-login.ts";
import type { Config } from "../../config/load-config.ts";
import { readSecrets } from "../../config/secrets/secrets.ts";
import { readConfig } from "../client/where.ts";
import { ownCertificate } from "../client/own-certificate.ts";
import { ownOrigin } from "../client/running-server.ts";
import { serversHere, whySilent } from "../client/servers-here.ts";
import type { Input } from "../command.ts";
import { CommandError, UsageError } from "../failure.ts";

/** Where to post, and with which secret. */
export interface Target {
  readonly url: URL;
  readonly secret: string;
  /** PEM certificate of our own server, if that is where we post to. */
  readonly pinned: string | undefined;
}

/**
 * `--url` and `--secret`; what is left out is taken from the settings and the data folder of the Hookwell that runs, or
 * would run, here.
 */
export async function targetOf({ options, io }: Input): Promise<Target> {
  const [url, secret] = [options.text("url"), options.text("secret")];
  const given = url === undefined ? undefined : parseUrl(url);
  if (given !== undefined && secret !== undefined) return { url: given, secret, pinned: undefined };
  const config = await readConfig(options, io);
  const used = secret ?? (await ownSecret(config));
  if (given !== undefined) return { url: given, secret: used, pinned: undefined };
  return { url: await ownUrl(config), secret: used, pinned: await ownCertificate(config) };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(
    `--url is ${JSON.stringify(withoutLogin(text))}: write a URL such as http://127.0.0.1:3000/.`,
    "hookwell send",
  );
}

async function ownUrl(config: Config): Promise<URL> {
  const servers = await serversHere(config, "webhook");
  if (servers.running !== undefined) return new URL(servers.running.doorUrl);
  const silent = whySilent(servers);
  if (silent !== undefined) throw silent;
  return new URL(`${ownOrigin(config)}${config.path}`);
}

async function ownSecret(config: Config): Promise<string> {
  const [first] = [...config.secrets, ...(await readSecrets(config.data))];
  if (first !== undefined) return first.value;
  throw new CommandError(
    "There is no secret to sign with: set HOOKWELL_SECRET, give --secret, or start `hookwell serve` once, which generates one.",
  );
}
