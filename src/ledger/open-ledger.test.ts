import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { ConfigError, DataInUseError, DataVersionError } from "../errors.ts";
import { aMessage } from "../testing/builders.ts";
import { openDatabase } from "../lib/sqlite/sqlite.ts";
import { queueSchema } from "../queue/drivers/sqlite/schema.ts";
import { openLedger } from "./open-ledger.ts";

test.each([
  ["sqlite:", "ledger.db"],
  ["sqlite:%/elsewhere/other.db", "elsewhere/other.db"],
])("%s is the file %s", async (url, file) => {
  await using folder = await tempFolder();

  const ledger = await openLedger(url.replace("%", folder.path), folder.path);
  const [verdict] = await ledger.admit([aMessage()]);
  await ledger.close();

  expect(verdict).toEqual({ kind: "fresh", conflict: false, attempts: 0, isCutOff: false });
  expect(existsSync(join(folder.path, file))).toBe(true);
});

test("memory: writes nothing", async () => {
  await using folder = await tempFolder();
  const data = join(folder.path, "data");

  const ledger = await openLedger("memory:", data);
  await ledger.admit([aMessage()]);
  await ledger.close();

  expect(existsSync(data)).toBe(false);
});

test.each(["kafka://localhost", "nonsense", ""])(
  "%o is of no ledger that this version knows",
  async (url) => {
    const opening = openLedger(url, "/nowhere");

    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(/^HOOKWELL_LEDGER \(--ledger\)/);
  },
);

test("a ledger has one owner at a time, from the moment it is opened", async () => {
  await using folder = await tempFolder();
  const owner = await openLedger("sqlite:", folder.path);

  await expect(openLedger("sqlite:", folder.path)).rejects.toThrow(DataInUseError);

  await owner.close();
  const next = await openLedger("sqlite:", folder.path);
  await next.close();
});

test("a ledger of a newer version is refused", async () => {
  await using folder = await tempFolder();
  const db = new DatabaseSync(join(folder.path, "ledger.db"));
  db.exec("pragma user_version = 99");
  db.close();

  await expect(openLedger("sqlite:", folder.path)).rejects.toThrow(DataVersionError);
});

test("a ledger that is named, and is a queue or no database, is told with its setting", async () => {
  await using folder = await tempFolder();
  const [foreign, text] = [join(folder.path, "foreign.db"), join(folder.path, "text")];
  openDatabase(foreign, queueSchema).close();
  await writeFile(text, "no database");

  for (const path of [foreign, text]) {
    const opening = openLedger(`sqlite:${path}`, folder.path);

    await expect(opening).rejects.toThrow(ConfigError);
    await expect(opening).rejects.toThrow(`HOOKWELL_LEDGER (--ledger) is ${path}, which is not a ledger`);
  }
});
