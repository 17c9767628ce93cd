import { describe, expect, test } from "vitest";
import { makeCertificate } from "../../../test/support/certificate.ts";
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
    const early = await checkTls(settings, Date.now() - dayMs);

    expect(fresh).toEqual({ level: "ok", topic: "TLS", says: "hooks.example.com, valid for 89 days" });
    expect(soon).toMatchObject({ level: "warn", says: "hooks.example.com, valid for 9 days" });
    expect(late).toMatchObject({ level: "fail", says: expect.stringContaining("expired on") as string });
    expect(early).toMatchObject({ level: "fail", cure: "Is the clock right?" });
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
      says: expect.stringContaining("is no private key") as string,
    });
  });
});
