import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CertificateAuthority } from "../../../test/support/network/authority.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { certificatesOf } from "./certificates.ts";
import { parseEngineUrl } from "./engine-url.ts";

test("certificates are read from the files that the URL names", async () => {
  await using folder = await tempFolder();
  const ca = join(folder.path, "ca.pem");
  await writeFile(ca, "a certificate");

  expect(certificatesOf(parseEngineUrl(`amqps://host?cacertfile=${ca}`))).toEqual({ ca: "a certificate" });
  expect(() => certificatesOf(parseEngineUrl(`amqps://host?keyfile=${ca}2`))).toThrow(
    /\?keyfile=.*cannot be read/,
  );
});

test("while only one of certificate and key is renewed, those before them are given", async () => {
  await using folder = await tempFolder();
  await using other = await tempFolder();
  const [before, after] = [
    await (await CertificateAuthority.in(folder.path)).certify("client"),
    await (await CertificateAuthority.in(other.path)).certify("client"),
  ];
  const contents = async ({ cert, key }: { cert: string; key: string }) => [
    await readFile(cert, "utf8"),
    await readFile(key, "utf8"),
  ];
  const [[oldCert, oldKey], [newCert = "", newKey = ""]] = [await contents(before), await contents(after)];
  const given = certificatesOf(parseEngineUrl(`amqps://host?certfile=${before.cert}&keyfile=${before.key}`));

  for (const half of ["", newCert]) {
    await writeFile(before.cert, half);
    expect(given).toEqual({ cert: oldCert, key: oldKey });
  }
  await writeFile(before.key, newKey);
  expect(given).toEqual({ cert: newCert, key: newKey });
});

test("a certificate with the key of another, or a key that nobody can open, is told at once", async () => {
  await using folder = await tempFolder();
  const authority = await CertificateAuthority.in(folder.path);
  const [{ cert }, { key }] = [await authority.certify("one"), await authority.certify("other")];
  const open = (file: string) =>
    certificatesOf(parseEngineUrl(`amqps://host?certfile=${cert}&keyfile=${file}`));

  for (const file of [key, cert])
    expect(() => open(file)).toThrow(/^has \?certfile=, \?keyfile=, .* the key that belongs to it/);
});
