import { codeOf } from "../error-code.ts";

/**
 * True if the other side of TLS says that it lets nobody in without a certificate, or that it does not trust ours.
 *
 * @param code of the error, such as `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`
 */
export const wantsCertificate = (code: string): boolean => /ALERT_.*(?:CERTIFICATE|UNKNOWN_CA)/.test(code);

/** What to do then, as the end of a sentence. */
export const certificateCure =
  "name a client certificate, not expired and issued by an authority that the server trusts, with ?certfile= and ?keyfile=";

/** What to do if the certificate of the other side is for other hosts than the one we named; undefined if it is not. */
export function otherHostCure(error: Error): string | undefined {
  if (codeOf(error) !== "ERR_TLS_CERT_ALTNAME_INVALID") return undefined;
  const host = "host" in error ? String(error.host) : "this host";
  return `the certificate there is not for ${host}; name the host as it does`;
}

/** What is said of a certificate that is refused for its dates. */
export const outOfDate: RegExp = /certificate (?:has expired|is not yet valid)/;

/**
 * True if a certificate is refused for its dates. That is no mistake in the settings: the clock of a machine that has
 * just started may still be wrong, and a server gets a new certificate without us.
 */
export const isOutOfDate = (error: Error): boolean => outOfDate.test(error.message);

/** Codes of TLS errors that do not go away by themselves. */
const tlsCode = /ERR_(?:SSL|TLS|OSSL)_|CERT|DEPTH_ZERO_|SELF_SIGNED|UNABLE_TO_|EPROTO/;

/**
 * Why TLS with a server fails, as the end of a sentence that begins with the setting; undefined if it does not fail, or
 * may work later.
 *
 * @param cure what to do if neither the host is another one, nor a certificate of ours is asked for
 * @param whereNamed where else than in the URL the host may be named
 */
export function tlsProblemOf(
  error: Error,
  shown: string,
  cure: string,
  whereNamed: string = "",
): string | undefined {
  const code = codeOf(error) ?? "";
  if (wantsCertificate(code)) return `is refused by ${shown} (${code}): ${certificateCure}`;
  const otherHost = otherHostCure(error);
  if (otherHost !== undefined) return `cannot speak TLS with ${shown}: ${otherHost}${whereNamed}`;
  if (!tlsCode.test(code) || isOutOfDate(error)) return undefined;
  return `cannot speak TLS with ${shown} (${code}): ${cure}`;
}
