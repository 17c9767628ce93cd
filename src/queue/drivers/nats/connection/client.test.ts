import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../../test/support/temp-folder.ts";
import { parseEngineUrl } from "../../../../lib/engines/engine-url.ts";
import { connectionOptions, loadNats, readUrl } from "./client.ts";

const newSeed = (): string => new TextDecoder().decode(nkeys.createUser().getSeed());

/** A file as `nsc` writes it. */
const credentials = (jwt: string, seed = newSeed()): string =>
  `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n` +
  `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;

test("credentials that were renewed in their file are used by the next login, and half a renewal by none", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "some.creds");
  await writeFile(file, credentials("old"));
  const { authenticator } = connectionOptions(
    await loadNats(),
    parseEngineUrl(`nats://here?credsfile=${file}`),
  );
  const logIn = [authenticator ?? []].flat()[0];

  const first = logIn?.();
  await writeFile(file, credentials("new").slice(0, 60));
  const meanwhile = logIn?.();
  await writeFile(file, credentials("new"));
  const last = logIn?.();

  expect([first, meanwhile, last]).toMatchObject([{ jwt: "old" }, { jwt: "old" }, { jwt: "new" }]);
});

test.each([
  ["with the line ends of Windows", credentials("some").replaceAll("\n", "\r\n")],
  ["without its last line end", credentials("some").trimEnd()],
])("a file of credentials %s is read", async (_, text) => {
  await using folder = await tempFolder();
  const file = join(folder.path, "some.creds");
  await writeFile(file, text);

  const { authenticator } = connectionOptions(
    await loadNats(),
    parseEngineUrl(`nats://here?credsfile=${file}`),
  );

  expect([authenticator ?? []].flat()[0]?.("nonce")).toMatchObject({ jwt: "some" });
});

test.each([
  ["that is of another kind", "hunter2"],
  ["whose seed was cut off", credentials("hunter2", newSeed().slice(0, -2))],
])("a file of credentials %s is told with its setting, and not quoted", async (_, text) => {
  await using folder = await tempFolder();
  const file = join(folder.path, "some.creds");
  await writeFile(file, text);
  const client = await loadNats();

  const reading = (): unknown => readUrl(client, `nats://here?credsfile=${file}`);

  expect(reading).toThrow(/^HOOKWELL_QUEUE \(--queue\) has \?credsfile=, .* name the file that nsc/);
  expect(reading).not.toThrow("hunter2");
});

test.each([
  ["nats://here", {}],
  ["nats://me:hunter2@here", { user: "me", pass: "hunter2" }],
  ["nats://t0ken@here", { auth_token: "t0ken" }],
  ["nats://:t0ken@here", { auth_token: "t0ken" }],
  ["nats://me@here?passwordfile=", { user: "me", pass: "filed" }],
  ["nats://here?passwordfile=", { auth_token: "filed" }],
])("%s logs in with %j", async (text, login) => {
  await using folder = await tempFolder();
  const file = join(folder.path, "password");
  await writeFile(file, "filed\n");
  const url = parseEngineUrl(text.replace("passwordfile=", `passwordfile=${file}`));

  const { authenticator } = connectionOptions(await loadNats(), url);

  expect(Object.assign({}, ...[authenticator ?? []].flat().map((logIn) => logIn()))).toEqual(login);
});
