import { once } from "node:events";
import { copyFile, writeFile } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { sign } from "../../src/event/signature.ts";
import { sample } from "../../src/sandbox/samples.ts";
import { eventually, timed } from "../../src/testing/eventually.ts";
import { makeCertificate, type CertificateFiles } from "../support/network/certificate.ts";
import { testSecret } from "../support/program/client.ts";
import { readJournal, startProgram, type Program } from "../support/program/process.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("HTTPS takes events, and SIGHUP swaps the certificate while connections go on", async () => {
  await using folder = await tempFolder();
  const { files, program } = await startSecure(folder.path);
  await using _stop = program;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const before = await serialOf(program);
  const first = await post(program, agent);

  await install(await makeCertificate(folder.path, "newer", 30), files);
  program.signal("SIGHUP");
  await eventually(async () => expect(await serialOf(program)).not.toBe(before));
  const second = await post(program, agent);
  agent.destroy();

  expect([first, second]).toEqual([
    { status: 200, isReused: false },
    { status: 200, isReused: true },
  ]);
  await eventually(async () => expect((await readJournal(folder.path)).at(-1)?.kind).toBe("handled"));
  expect(program.log.map(({ fact }) => fact)).toContain("app.reloaded");
});

test.each([
  [
    "is no certificate",
    async ({ cert }: CertificateFiles) => writeFile(cert, "-----BEGIN CERTIFICATE-----\nx"),
  ],
  [
    "does not belong to its key",
    async ({ cert }: CertificateFiles, other: CertificateFiles) => copyFile(other.cert, cert),
  ],
])("a new certificate that %s is logged, and the old one stays", async (_name, spoil) => {
  await using folder = await tempFolder();
  const { files, program } = await startSecure(folder.path);
  await using _stop = program;
  const before = await serialOf(program);

  await spoil(files, await makeCertificate(folder.path, "other", 30));
  program.signal("SIGHUP");

  await eventually(() => {
    const failed = program.log.find(({ fact }) => fact === "app.reload.failed");
    expect(failed?.["error"]).toMatch(/^HOOKWELL_TLS_CERT .* not a certificate and its key/);
  });
  expect(await serialOf(program)).toBe(before);
  expect((await post(program, new Agent({ rejectUnauthorized: false }))).status).toBe(200);
});

test("clients that never begin with TLS, or never ask for anything after it, do not hold up a stop", async () => {
  await using folder = await tempFolder();
  const { program } = await startSecure(folder.path);
  await using _stop = program;
  const { hostname, port } = new URL(program.url);
  const tcp = connectTcp({ host: hostname, port: Number(port) }).on("error", () => undefined);
  await Promise.all([once(tcp, "connect"), openTls(program)]);

  program.signal("SIGTERM");
  const { ms, value } = await timed(() => program.exited);

  expect(value).toEqual({ code: 0, signal: null });
  // What holds it up is ended after 6 s.
  expect(ms).toBeLessThan(5_500);
});

async function startSecure(
  folder: string,
): Promise<{ readonly files: CertificateFiles; readonly program: Program }> {
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  await install(await makeCertificate(folder, "first", 30), files);
  const env = { HOOKWELL_TLS_CERT: files.cert, HOOKWELL_TLS_KEY: files.key };
  return { files, program: await startProgram({ folder, env }) };
}

async function install(from: CertificateFiles, to: CertificateFiles): Promise<void> {
  await copyFile(from.cert, to.cert);
  await copyFile(from.key, to.key);
}

async function openTls({ url }: Program): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await once(
    socket.on("error", () => undefined),
    "secureConnect",
  );
  return socket;
}

/** Serial number of the certificate that a new connection gets. */
async function serialOf(program: Program): Promise<string> {
  const socket = await openTls(program);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

function post(
  { url }: Program,
  agent: Agent,
): Promise<{ readonly status: number; readonly isReused: boolean }> {
  const body = JSON.stringify(sample("message.sent"));
  const headers = { "x-comapi-signature": sign(body, testSecret) };
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { method: "POST", headers, agent }, (response) => {
      response.resume().on("end", () => {
        resolve({ status: response.statusCode ?? 0, isReused: request.reusedSocket });
      });
    });
    request.on("error", reject).end(body);
  });
}
