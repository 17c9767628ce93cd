/**
 * True if the other side of TLS says that it lets nobody in without a certificate, or that it does not trust ours.
 *
 * @param code of the error, such as `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`
 */
export const wantsCertificate = (code: string): boolean => /ALERT_.*(?:CERTIFICATE|UNKNOWN_CA)/.test(code);

/** What to do then, as the end of a sentence. */
export const certificateCure =
  "name a client certificate, issued by an authority that the server trusts, with ?certfile= and ?keyfile=";
