import { expect, test } from "vitest";
import { tempFolder } from "../test/support/temp-folder.ts";
import { writeServerInfo } from "./config/folder/server-notes.ts";
import { openLedger } from "./ledger/open-ledger.ts";
import { openBesideCommands } from "./open-beside-commands.ts";
import { eventually } from "./testing/eventually.ts";
import { recordedLog } from "./testing/recorded-log.ts";

test("waits for a command that has the history open, and says so once", async () => {
  await using folder = await tempFolder();
  const { log, lines } = recordedLog();
  const open = () => openLedger("sqlite:", folder.path);
  const command = await open();
  let tries = 0;
  const opening = openBesideCommands(folder.path, log, () => {
    tries += 1;
    return open();
  });
  await eventually(() => expect(tries).toBeGreaterThan(2));

  await command.close();

  await (await opening).close();
  expect(lines).toMatchObject([{ level: "warn", fact: "ledger.in_use" }]);
});

test("does not wait for another server", async () => {
  await using folder = await tempFolder();
  const { log, lines } = recordedLog();
  const server = await openLedger("sqlite:", folder.path);
  await writeServerInfo(folder.path, "api", { url: "http://127.0.0.1:3000/", pid: process.ppid });

  const opening = openBesideCommands(folder.path, log, () => openLedger("sqlite:", folder.path));

  await expect(opening).rejects.toThrow("is in use by another Hookwell process");
  expect(lines).toEqual([]);
  await server.close();
});

test("the note of a server that was killed and had our number, as in a container that starts again, hides no command", async () => {
  await using folder = await tempFolder();
  const { log, facts } = recordedLog();
  const command = await openLedger("sqlite:", folder.path);
  await writeServerInfo(folder.path, "api", { url: "http://127.0.0.1:3000/", pid: process.pid });

  const opening = openBesideCommands(folder.path, log, () => openLedger("sqlite:", folder.path));
  await eventually(() => expect(facts()).toEqual(["ledger.in_use"]));
  await command.close();

  await (await opening).close();
});
