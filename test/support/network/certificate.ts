import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A new self-signed certificate for `hooks.example.com`, made with openssl. */
export async function makeCertificate(folder: string, name: string, days: number): Promise<CertificateFiles> {
  const files = filesIn(folder, name);
  await openssl(files, days, ...subject("hooks.example.com", "DNS:hooks.example.com"));
  return files;
}

/** One that has expired; openssl 3.4 or newer can make such a one. */
export async function makeExpiredCertificate(folder: string, name: string): Promise<CertificateFiles> {
  const files = filesIn(folder, name);
  const time = ["-not_before", "20250101000000Z", "-not_after", "20250102000000Z"];
  await openssl(files, 1, ...subject("hooks.example.com", "DNS:hooks.example.com"), ...time);
  return files;
}

export const canMakeExpired = (): boolean =>
  spawnSync("openssl", ["req", "-help"]).stderr.includes("-not_after");

export const filesIn = (folder: string, name: string): CertificateFiles => ({
  cert: join(folder, `${name}.pem`),
  key: join(folder, `${name}.key`),
});

/** @param hosts what the certificate is for, as openssl writes it */
export const subject = (name: string, hosts: string): readonly string[] => [
  "-subj",
  `/CN=${name}`,
  "-addext",
  `subjectAltName=${hosts}`,
];

/** Makes a certificate and its key, self-signed unless the arguments say by whom it is certified. */
export async function openssl(
  { cert, key }: CertificateFiles,
  days: number,
  ...args: readonly string[]
): Promise<void> {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", key, "-out", cert, "-days", String(days)];
  await promisify(execFile)("openssl", ["req", "-x509", ...curve, ...files, ...args]);
}
