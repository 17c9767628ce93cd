import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./built.ts";
import { tempFolder, type TempFolder } from "../temp-folder.ts";

/** A folder like that of a user: an ES module project in which this package is installed. */
export async function tempProject(files: Readonly<Record<string, string>>): Promise<TempFolder> {
  const folder = await tempFolder();
  await mkdir(join(folder.path, "node_modules"));
  await symlink(root, join(folder.path, "node_modules", "hookwell"));
  await writeFile(join(folder.path, "package.json"), '{ "type": "module", "private": true }\n');
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return folder;
}
