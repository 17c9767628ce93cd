import { type CertificateFiles, filesIn, openssl, subject } from "./certificate.ts";

const days = 2;

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
    await openssl(authority.#own, days, "-subj", "/CN=authority");
    return authority;
  }

  /** Its own certificate, for those that trust it. */
  get cert(): string {
    return this.#own.cert;
  }

  /** @param hosts what the certificate is for, as openssl writes it */
  async certify(name: string, hosts = "DNS:localhost,IP:127.0.0.1"): Promise<CertificateFiles> {
    const files = filesIn(this.#folder, name);
    const by = ["-CA", this.#own.cert, "-CAkey", this.#own.key];
    await openssl(files, days, ...by, ...subject(name, hosts));
    return files;
  }
}
