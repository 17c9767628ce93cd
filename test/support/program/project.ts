import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./built.ts";
import { tempFolder, type TempFolder } from "../temp-folder.ts";

/**
 * A folder like that of a user: an ES module project in which this package is installed.
 *
 * @param packages others that are installed there
 */
export async function tempProject(
  files: Readonly<Record<string, string>>,
  packages: readonly string[] = [],
): Promise<TempFolder> {
  const folder = await tempFolder();
  const installed = join(folder.path, "node_modules");
  await mkdir(installed);
  await symlink(root, join(installed, "hookwell"));
  for (const name of packages) await symlink(join(root, "node_modules", name), join(installed, name));
  await writeFile(join(folder.path, "package.json"), '{ "type": "module", "private": true }\n');
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return folder;
}
