import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Config } from "../../config/load-config.ts";
import { counted } from "../../lib/amounts.ts";
import { type Check, fail, ok, warn } from "./check.ts";

const dayMs = 86_400_000;
/** A certificate that ends sooner is worth a word, in days. */
const soonDays = 21;

/** Can certificate and key be read, do they belong together, and for how long is the certificate valid? */
export async function checkTls(
  { tlsCert, tlsKey }: Pick<Config, "tlsCert" | "tlsKey">,
  now: number,
): Promise<Check> {
  if (tlsCert === null || tlsKey === null)
    return ok("TLS", "Plain HTTP: let a proxy terminate TLS, or set certificate and key.");
  const certificate = await readCertificate(tlsCert);
  if ("level" in certificate) return certificate;
  const key = await readKey(tlsKey);
  if ("level" in key) return key;
  if (!certificate.checkPrivateKey(key)) {
    return fail(
      "TLS",
      "Certificate and key do not belong together.",
      "Set HOOKWELL_TLS_CERT and HOOKWELL_TLS_KEY to one pair.",
    );
  }
  return checkDates(certificate, now);
}

function checkDates(certificate: X509Certificate, now: number): Check {
  const renew = "Renew it, then send SIGHUP to the server.";
  if (now < certificate.validFromDate.getTime()) {
    return fail("TLS", `The certificate is valid only from ${certificate.validFrom}.`, "Is the clock right?");
  }
  const days = Math.floor((certificate.validToDate.getTime() - now) / dayMs);
  if (days < 0) return fail("TLS", `The certificate expired on ${certificate.validTo}.`, renew);
  const names = certificate.subjectAltName ?? certificate.subject;
  const says = `${names.replaceAll("DNS:", "")}, valid for ${counted(days, "day")}`;
  return days < soonDays ? warn("TLS", says, renew) : ok("TLS", says);
}

async function readCertificate(path: string): Promise<X509Certificate | Check> {
  const cure = "Set HOOKWELL_TLS_CERT to a PEM file that this user may read.";
  const pem = await readFile(path).catch(() => undefined);
  if (pem === undefined) return fail("TLS", `The certificate ${path} cannot be read.`, cure);
  try {
    return new X509Certificate(pem);
  } catch {
    return fail("TLS", `${path} is not a certificate in PEM form.`, cure);
  }
}

async function readKey(path: string): Promise<ReturnType<typeof createPrivateKey> | Check> {
  const cure = "Set HOOKWELL_TLS_KEY to a PEM file that this user may read.";
  const pem = await readFile(path).catch(() => undefined);
  if (pem === undefined) return fail("TLS", `The key ${path} cannot be read.`, cure);
  try {
    return createPrivateKey(pem);
  } catch {
    // The reason could quote the key.
    return fail("TLS", `${path} is not a private key in PEM form, or it has a passphrase.`, cure);
  }
}
