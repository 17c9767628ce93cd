import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCertificate, type CertificateFiles } from "../../test/support/network/certificate.ts";
import { startOwn, timeouts } from "../../test/support/network/own-server.ts";
import { converse } from "../../test/support/network/socket.ts";
import { tempFolder, type TempFolder } from "../../test/support/temp-folder.ts";
import { ConfigError } from "../errors.ts";

describe("with a certificate", () => {
  let folder: TempFolder;
  let first: CertificateFiles;
  let second: CertificateFiles;
  beforeAll(async () => {
    folder = await tempFolder();
    first = await makeCertificate(folder.path, "first", 1);
    second = await makeCertificate(folder.path, "second", 1);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  /** The fingerprint that a client sees. */
  async function fingerprintAt(url: string): Promise<string> {
    const socket: TLSSocket = connectTls({ port: Number(new URL(url).port), rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  test("the server speaks HTTPS, and takes a new certificate while it runs", async () => {
    const tls = { cert: join(folder.path, "live.pem"), key: join(folder.path, "live.key") };
    const install = (files: CertificateFiles): Promise<unknown> =>
      Promise.all([copyFile(files.cert, tls.cert), copyFile(files.key, tls.key)]);
    await install(first);
    await using app = await startOwn({}, { tls });
    expect(app.url).toMatch(/^https:/);
    const before = await fingerprintAt(app.url);

    await install(second);
    await app.server.reloadTls();
    const after = await fingerprintAt(app.url);

    expect(after).not.toBe(before);
    await copyFile(first.key, tls.key);
    await expect(app.server.reloadTls()).rejects.toThrow(ConfigError);
    expect(await fingerprintAt(app.url)).toBe(after);
  });

  test("a client that never begins with TLS is let go as soon as any other", async () => {
    await using app = await startOwn({}, { tls: first, timeouts });

    const { statuses } = await converse(app.url, new Uint8Array());

    expect(statuses).toEqual([]);
  });

  test("a connection on which nothing was said but TLS is ended by a stop, at once", async () => {
    await using app = await startOwn({}, { tls: first });
    const socket = connectTls({ port: Number(new URL(app.url).port), rejectUnauthorized: false });
    await once(socket, "secureConnect");

    await Promise.all([app.server.close(60_000), once(socket, "close")]);

    expect(app.deliveries).toEqual([]);
  });

  test("and the key of another the server does not start", async () => {
    const starting = startOwn({}, { tls: { cert: first.cert, key: second.key } });

    await expect(starting).rejects.toThrow(ConfigError);
  });
});

test("without a certificate there is nothing to read again", async () => {
  await using app = await startOwn();

  await expect(app.server.reloadTls()).resolves.toBeUndefined();
});
