import { access, constants, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type Contender, secret, senderSigning } from "./contender.ts";
import { listens } from "./http.ts";
import { freePort } from "../../test/support/network/free-port.ts";
import { startProgram, type Program } from "./program.ts";

/** What a user would pick otherwise. */
export const expressPeer: Contender = {
  name: "the express app",
  guarantees: "genuine, and printed to a file that nobody flushes and nobody works off",
  path: "/",
  signing: senderSigning,
  expected: () => "OK",
  start: (folder) => startPeer("express", folder),
};

export const fastifyPeer: Contender = {
  name: "the fastify app",
  guarantees: "genuine, and forgotten",
  path: "/",
  // The package knows no other algorithm than SHA-256.
  signing: { secret, algorithm: "sha256", header: "x-hub-signature-256", prefix: "sha256=" },
  expected: () => '{"ok":true}',
  start: (folder) => startPeer("fastify", folder),
};

export const webhookPeer: Contender = {
  name: "the program webhook",
  guarantees: "genuine, and a program will be started, whatever becomes of it; then forgotten",
  path: "/events",
  signing: senderSigning,
  expected: () => "accepted",
  start: startWebhook,
};

async function startPeer(name: string, folder: string): Promise<Program> {
  const port = Number(await freePort());
  return startProgram(port, {
    command: process.execPath,
    args: [join(import.meta.dirname, `../peers/${name}.ts`)],
    folder,
    env: { PORT: String(port), HOOKWELL_SECRET: secret, NODE_ENV: "production" },
    output: join(folder, "console.log"),
    ready: listens,
  });
}

async function startWebhook(folder: string): Promise<Program> {
  const signature = { source: "header", name: "X-Comapi-Signature" };
  const hook = {
    id: "events",
    "execute-command": "/bin/true",
    "http-methods": ["POST"],
    "response-message": "accepted",
    "trigger-rule": { match: { type: "payload-hmac-sha1", secret, parameter: signature } },
    "trigger-rule-mismatch-http-response-code": 401,
  };
  const hooks = join(folder, "hooks.json");
  await writeFile(hooks, JSON.stringify([hook]));
  const port = Number(await freePort());
  return startProgram(port, {
    command: "webhook",
    args: ["-hooks", hooks, "-ip", "127.0.0.1", "-port", String(port), "-urlprefix", ""],
    folder,
    ready: listens,
  });
}

/** Whether a program of this name is in the PATH. */
export async function isInstalled(program: string): Promise<boolean> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = await Promise.allSettled(
    folders.map((folder) => access(join(folder, program), constants.X_OK)),
  );
  return found.some(({ status }) => status === "fulfilled");
}
