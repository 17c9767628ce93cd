import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A new self-signed certificate for `hooks.example.com`, made with openssl. */
export async function makeCertificate(folder: string, name: string, days: number): Promise<CertificateFiles> {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const subject = ["-subj", "/CN=hooks.example.com", "-addext", "subjectAltName=DNS:hooks.example.com"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  const files = ["-keyout", key, "-out", cert];
  await promisify(execFile)("openssl", [
    "req",
    "-x509",
    "-nodes",
    ...curve,
    ...subject,
    "-days",
    String(days),
    ...files,
  ]);
  return { cert, key };
}
