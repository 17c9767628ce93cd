import { createSecureContext } from "node:tls";
import { type EngineUrl, fileOf } from "./engine-url.ts";
import { renewing } from "./renewing.ts";

/** Options of `node:tls`. */
export interface Certificates {
  /** Those to trust; undefined: those that Node trusts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The keys of a URL that name certificates to trust, our own, and its private key. */
export type CertificateKeys = Readonly<Record<keyof Certificates, string>>;

/**
 * Certificates that the URL names as files. They are read whenever a client asks for them, that is for each connection,
 * since certificates are renewed in their place; so do not copy this object. While a file cannot be read, or certificate
 * and key do not belong together, as in the moment between their renewals, those before them are given: clients do not
 * expect an error there, and with some of them it would end the process.
 *
 * @param names of the keys that name them
 * @throws {RangeError} if one cannot be read now, or they are of no use for TLS
 */
export function certificatesOf(
  { keys }: Pick<EngineUrl, "keys">,
  names: CertificateKeys = { ca: "cacertfile", cert: "certfile", key: "keyfile" },
): Certificates {
  const options = Object.entries(names).filter(([, name]) => keys.has(name));
  const newest = renewing((): Record<string, string | undefined> => {
    const files = Object.fromEntries(options.map(([option, name]) => [option, fileOf(keys, name)]));
    assertUsable(files, options);
    return files;
  });
  const certificates = {};
  for (const [option] of options)
    Object.defineProperty(certificates, option, {
      enumerable: true,
      configurable: true,
      get: () => newest()[option],
    });
  return certificates;
}

/** Named here, since some clients would only let the error end the process. */
function assertUsable(
  files: Record<string, string | undefined>,
  options: readonly [option: string, name: string][],
): void {
  try {
    // Node takes one for none, and without certificates to trust it trusts its own.
    if (Object.values(files).includes("")) throw new Error("a file is empty");
    createSecureContext(files);
  } catch (error) {
    const names = options.map(([, name]) => `?${name}=`).join(", ");
    throw new RangeError(
      `has ${names}, which cannot be used for TLS (${(error as Error).message}): name a certificate and the key that belongs to it, without a passphrase`,
      { cause: error },
    );
  }
}
