import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { parseEngineUrl } from "../../../lib/engine-url.ts";
import { connectionOptions, type NatsClient } from "./client.ts";

test("credentials that were renewed in their file are used by the next login", async () => {
  await using folder = await tempFolder();
  const file = join(folder.path, "some.creds");
  await writeFile(file, "old");
  const read: string[] = [];
  const client = {
    credsAuthenticator: (creds: () => Uint8Array) => () => read.push(new TextDecoder().decode(creds())),
  } as unknown as NatsClient;
  const { authenticator } = connectionOptions(client, parseEngineUrl(`nats://here?credsfile=${file}`));
  const logIn = [authenticator ?? []].flat()[0];

  logIn?.();
  await writeFile(file, "new");
  logIn?.();

  expect(read).toEqual(["old", "new"]);
});
