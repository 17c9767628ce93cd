import { constants, existsSync } from "node:fs";
import { access, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../../config/load-config.ts";
import { engineFile, sqliteFile } from "../../lib/engines/engine-file.ts";
import { type Part, parts, settingOf } from "../../lib/engines/part.ts";
import { sqliteReport } from "../../lib/sqlite/sqlite.ts";
import { type Check, fail, ok } from "./check.ts";
import { topicOf } from "./engine-look.ts";

/** How every database of SQLite begins; an empty file is one that holds nothing yet. */
const magic = Buffer.from("SQLite format 3\0");

/** An engine that is a file which the first start has yet to make: can it? */
export async function checkUnmade(part: Part, config: Config): Promise<Check> {
  const file = sqliteFile(part, config[part], config.data);
  // What is in the data folder can be made if that can, which has a check of its own.
  if (config[part] !== "sqlite:") {
    const above = nearestAbove(file);
    if (!(await canMakeIn(above))) {
      return fail(
        topicOf(part),
        `${settingOf(part)} is ${file}, which cannot be created in ${above}.`,
        "Name a file in a folder that this user may write.",
      );
    }
  }
  return unread(part, file, "created on the first start");
}

/** Engines that are files and are there, as far as can be told without a data folder to open them on. */
export async function checkUnopened(config: Config): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const part of parts) {
    const file = engineFile(part, config[part], config.data);
    if (file !== undefined && existsSync(file)) checks.push(await checkDatabase(part, file));
  }
  return checks;
}

async function checkDatabase(part: Part, file: string): Promise<Check> {
  if (await isDatabase(file)) return unread(part, file, `in ${file}`);
  return fail(
    topicOf(part),
    `${settingOf(part)} is ${file}, which is not a ${part}.`,
    "Name a file of its own that this user may read and write.",
  );
}

function unread(part: Part, file: string, where: string): Check {
  const { engine, durability } = sqliteReport(file);
  return ok(topicOf(part), `${engine}, ${where}: ${durability}`);
}

/** The folder that is there and nearest to a path that is not. */
export function nearestAbove(path: string): string {
  let above = dirname(path);
  while (!existsSync(above)) above = dirname(above);
  return above;
}

/** May this user make something in what is there? False if it is no folder. */
export const canMakeIn = (folder: string): Promise<boolean> =>
  isUsable(`${folder}/.`, constants.W_OK | constants.X_OK);

/** May this user do this with the path? */
export const isUsable = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

async function isDatabase(file: string): Promise<boolean> {
  try {
    await using handle = await open(file, "r+");
    if (!(await handle.stat()).isFile()) return false;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return bytesRead === 0 || buffer.equals(magic);
  } catch {
    return false;
  }
}
