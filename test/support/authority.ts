import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CertificateFiles } from "./certificate.ts";

/** Certifies servers and clients on this machine, as the authority of a company does. */
export class CertificateAuthority {
  readonly #folder: string;
  readonly #own: CertificateFiles;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#own = filesIn(folder, "authority");
  }

  /** Its files, and those that it makes, are in this folder. */
  static async in(folder: string): Promise<CertificateAuthority> {
    const authority = new CertificateAuthority(folder);
    await make(authority.#own, "-subj", "/CN=authority");
    return authority;
  }

  /** For those that trust it. */
  get cert(): string {
    return this.#own.cert;
  }

  /** @param hosts what the certificate is for, as openssl writes it */
  async certify(name: string, hosts = "DNS:localhost,IP:127.0.0.1"): Promise<CertificateFiles> {
    const files = filesIn(this.#folder, name);
    const by = ["-CA", this.#own.cert, "-CAkey", this.#own.key];
    await make(files, ...by, "-subj", `/CN=${name}`, "-addext", `subjectAltName=${hosts}`);
    return files;
  }
}

const filesIn = (folder: string, name: string): CertificateFiles => ({
  cert: join(folder, `${name}.pem`),
  key: join(folder, `${name}.key`),
});

async function make({ cert, key }: CertificateFiles, ...args: readonly string[]): Promise<void> {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", key, "-out", cert, "-days", "2"];
  await promisify(execFile)("openssl", ["req", "-x509", ...curve, ...files, ...args]);
}
