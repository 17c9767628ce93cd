import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate, type CertificateFiles } from "../../test/support/network/certificate.ts";
import { tempFolder, type TempFolder } from "../../test/support/temp-folder.ts";
import { ConfigError } from "../errors.ts";
import { readTls, type TlsFiles } from "./tls.ts";

let folder: TempFolder;
let one: CertificateFiles;
let other: CertificateFiles;
beforeAll(async () => {
  folder = await tempFolder();
  [one, other] = [
    await makeCertificate(folder.path, "one", 1),
    await makeCertificate(folder.path, "other", 1),
  ];
});
afterAll(() => folder[Symbol.asyncDispose]());

async function problemOf(files: TlsFiles): Promise<string> {
  const error: unknown = await readTls(files).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message;
}

test("a certificate and its key are read", async () => {
  const pair = await readTls(one);

  expect(pair.cert.toString()).toContain("BEGIN CERTIFICATE");
  expect(pair.key.toString()).toContain("PRIVATE KEY");
});

test("two that do not belong together are told, with both names and without their content", async () => {
  const problem = await problemOf({ cert: one.cert, key: other.key });

  expect(problem).toMatch(
    /^HOOKWELL_TLS_CERT is .*one\.pem and HOOKWELL_TLS_KEY is .*other\.key, which are not/,
  );
  expect(problem).toMatch(/mismatch/);
  expect(problem).not.toMatch(/BEGIN/);
});

test("a file that is no PEM is told", async () => {
  const cert = join(folder.path, "text.pem");
  await writeFile(cert, "no certificate");

  expect(await problemOf({ cert, key: one.key })).toContain("name two PEM files that belong together");
});

test.each<[string, (missing: string) => TlsFiles]>([
  ["HOOKWELL_TLS_CERT (--tls-cert)", (missing) => ({ cert: missing, key: one.key })],
  ["HOOKWELL_TLS_KEY (--tls-key)", (missing) => ({ cert: one.cert, key: missing })],
])("one that cannot be read is told by its setting, %s", async (setting, filesOf) => {
  const missing = join(folder.path, "missing.pem");

  const problem = await problemOf(filesOf(missing));

  expect(problem).toContain(`${setting} is ${missing}, which cannot be read`);
});
