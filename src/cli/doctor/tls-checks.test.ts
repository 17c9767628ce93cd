import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesIn, makeCertificate, openssl, subject } from "../../../test/support/network/certificate.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { checkTls } from "./tls-checks.ts";

const dayMs = 86_400_000;

describe("checkTls", () => {
  test("counts the days until a certificate ends", async () => {
    await using folder = await tempFolder();
    const { cert, key } = await makeCertificate(folder.path, "a", 90);
    const settings = { tlsCert: cert, tlsKey: key };

    const fresh = await checkTls(settings, Date.now());
    const soon = await checkTls(settings, Date.now() + 80 * dayMs);
    const late = await checkTls(settings, Date.now() + 91 * dayMs);
    const ends = new X509Certificate(await readFile(cert)).validToDate.getTime();
    const lasts = await Promise.all(
      [21 * dayMs, 21 * dayMs - 1, 0, -1].map((left) => checkTls(settings, ends - left)),
    );
    const early = await checkTls(settings, Date.now() - dayMs);

    expect(fresh).toEqual({ level: "ok", topic: "TLS", says: "hooks.example.com, valid for 89 days" });
    expect(soon).toMatchObject({ level: "warn", says: "hooks.example.com, valid for 9 days" });
    expect(late).toMatchObject({ level: "fail", says: expect.stringContaining("expired on") as string });
    expect(early).toMatchObject({ level: "fail", cure: "Is the clock right?" });
    expect(lasts.map(({ level }) => level)).toEqual(["ok", "warn", "warn", "fail"]);
  });

  test("needs both, else HTTP is plain", async () => {
    const checks = await Promise.all([
      checkTls({ tlsCert: null, tlsKey: null }, 0),
      checkTls({ tlsCert: null, tlsKey: "key.pem" }, 0),
      checkTls({ tlsCert: "cert.pem", tlsKey: null }, 0),
    ]);

    for (const check of checks)
      expect(check).toMatchObject({ level: "ok", says: expect.stringMatching(/^Plain HTTP/) });
  });

  test("names all names of a certificate, and a key that is not there", async () => {
    await using folder = await tempFolder();
    const [several, old] = [filesIn(folder.path, "several"), filesIn(folder.path, "old")];
    await openssl(several, 90, ...subject("one", "DNS:one.example.com,DNS:two.example.com"));
    await openssl(old, 90, "-subj", "/CN=old.example.com");
    const gone = join(folder.path, "gone.pem");

    const named = await checkTls({ tlsCert: several.cert, tlsKey: several.key }, Date.now());
    const nameless = await checkTls({ tlsCert: old.cert, tlsKey: old.key }, Date.now());
    const keyless = await checkTls({ tlsCert: old.cert, tlsKey: gone }, Date.now());

    expect(named.says).toBe("one.example.com, two.example.com, valid for 89 days");
    expect(nameless.says).toBe("CN=old.example.com, valid for 89 days");
    expect(keyless).toMatchObject({ level: "fail", says: `The key ${gone} cannot be read.` });
  });

  test("notices a key of another certificate, and a certificate in the place of the key", async () => {
    await using folder = await tempFolder();
    const one = await makeCertificate(folder.path, "one", 90);
    const other = await makeCertificate(folder.path, "other", 90);

    const mixed = await checkTls({ tlsCert: one.cert, tlsKey: other.key }, Date.now());
    const twice = await checkTls({ tlsCert: one.cert, tlsKey: one.cert }, Date.now());

    expect(mixed).toMatchObject({ level: "fail", says: "Certificate and key do not belong together." });
    expect(twice).toMatchObject({
      level: "fail",
      says: expect.stringContaining("is not a private key") as string,
    });
  });
});
