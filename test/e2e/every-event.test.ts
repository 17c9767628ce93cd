import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/program/app.ts";
import { testSecret } from "../support/program/client.ts";
import { tempFolder } from "../support/temp-folder.ts";

const run = promisify(execFile);
const samples = fileURLToPath(new URL("../../src/sandbox/samples/", import.meta.url));

test("every known event, signed by openssl and posted by curl, is kept to the byte", async () => {
  await using app = await startTestApp();
  const files = await sampleFiles();

  const answers = await Promise.all(files.map((file) => curl(app.url, file)));

  expect(answers).toEqual(files.map(() => '{"accepted":1} 200'));
  await app.settled();
  for (const file of files) expect(await kept(app, file)).toEqual(await readFile(file));
});

test("all known events in one array are kept, each with exactly its own bytes", async () => {
  await using app = await startTestApp();
  await using folder = await tempFolder();
  const files = await sampleFiles();
  const bodies = await Promise.all(files.map((file) => readFile(file)));
  const batch = join(folder.path, "batch.json");
  await writeFile(batch, Buffer.concat([Buffer.from("[ "), ...joined(bodies), Buffer.from("\r\n]\n")]));

  const answer = await curl(app.url, batch);

  expect(answer).toBe(`{"accepted":${files.length}} 200`);
  await app.settled();
  for (const [index, file] of files.entries()) {
    expect(await kept(app, file)).toEqual(trimmed(bodies[index]));
  }
});

async function sampleFiles(): Promise<readonly string[]> {
  const names = await readdir(samples);
  expect(names.length).toBe(37);
  return names.map((name) => join(samples, name));
}

/** What a sender in a shell does: the answer's body and status. */
async function curl(url: string, file: string): Promise<string> {
  const digest = await run("openssl", ["dgst", "-sha1", "-hmac", testSecret, file]);
  const signature = digest.stdout.trim().split(" ").at(-1);
  const header = `X-Comapi-Signature: ${signature}`;
  const format = " %{http_code}";
  const sent = await run("curl", ["-sS", "-H", header, "--data-binary", `@${file}`, "-w", format, url]);
  return sent.stdout;
}

async function kept(app: TestApp, file: string): Promise<Buffer> {
  const { eventId } = JSON.parse(await readFile(file, "utf8")) as { eventId: string };
  return Buffer.from((await app.body(eventId)) ?? []);
}

const joined = (bodies: readonly Buffer[]): Buffer[] =>
  bodies.flatMap((body, index) => (index === 0 ? [body] : [Buffer.from(",\t"), body]));

/** The samples hold no white space but that of ASCII at their ends. */
const trimmed = (body: Buffer | undefined): Buffer => Buffer.from(String(body).trim());
