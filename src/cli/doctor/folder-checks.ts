import type { Stats } from "node:fs";
import { constants, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { bytesText, counted } from "../../lib/amounts.ts";
import { leveledLog } from "../../log.ts";
import { forwardLeft, leftBehind } from "../../queue/spill/left-behind.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import { canMakeIn, isUsable, nearestAbove } from "./file-checks.ts";

/** Less room than this is worth a word, in bytes. */
const leastFree = 512 * 1_048_576;

const privateFiles = ["secrets.json", "token"];

/** Is the data folder there, can it be written, is it private, is there room? */
export async function checkFolder(folder: string): Promise<readonly Check[]> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return [await checkAbove(folder)];
  if (!found.isDirectory())
    return [fail("Data folder", `${folder} is a file.`, "Set HOOKWELL_DATA to a folder.")];
  if (!(await isUsable(folder, constants.R_OK | constants.W_OK | constants.X_OK))) {
    const cure = `Give it to the user that runs Hookwell: chown -R "$(id -u)" '${folder}'`;
    return [fail("Data folder", `${folder} cannot be read and written.`, cure)];
  }
  const { bavail, bsize } = await statfs(folder);
  return [checkRoom(folder, bavail * bsize), ...(await checkModes(folder, found))];
}

/** False of one that is there and cannot be read: nothing in it can be checked, which its own check has told. */
export async function canBeLookedInto(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return (
    found === undefined || (found.isDirectory() && (await isUsable(folder, constants.R_OK | constants.X_OK)))
  );
}

/** Do events wait here for a server, with nobody who forwards them? */
export async function checkLeftBehind(folder: string): Promise<readonly Check[]> {
  const unusable: Check[] = [];
  const log = leveledLog("error", (_level, _fact, fields) =>
    unusable.push(fail("Queue", String(fields?.["error"]))),
  );
  const events = await leftBehind(folder, log);
  if (events === 0) return unusable;
  const says = `${counted(events, "event")} on this machine, and no receiver that forwards ${events === 1 ? "it" : "them"}.`;
  return [...unusable, warn("Queue", says, forwardLeft(folder))];
}

/** Can it be made? */
async function checkAbove(folder: string): Promise<Check> {
  const above = nearestAbove(folder);
  if (await canMakeIn(above)) return ok("Data folder", `${folder} will be created on the first start.`);
  return fail(
    "Data folder",
    `${folder} does not exist, and cannot be created in ${above}.`,
    "Set HOOKWELL_DATA to a writable folder. Without one, Hookwell runs only if both queue and ledger are on servers.",
  );
}

/** @param free bytes on its disk */
export function checkRoom(folder: string, free: number): Check {
  if (free >= leastFree) return ok("Data folder", `${folder}, ${bytesText(free)} free`);
  return warn(
    "Data folder",
    `${folder} has only ${bytesText(free)} left.`,
    "Make room: while a disk is full, the sender gets 503.",
  );
}

async function checkModes(folder: string, { mode, uid }: Stats): Promise<readonly Check[]> {
  // Windows has no such modes.
  if (process.platform === "win32") return [];
  // Such as a volume of Kubernetes with `fsGroup`: its group stands for the user, who may not change that.
  const ours = process.getuid?.();
  const isByGroup = ours !== 0 && ours !== uid;
  const isPrivate = (of: number): boolean => (of & (isByGroup ? 0o007 : 0o077)) === 0;
  const checks = isByGroup || isPrivate(mode) ? [] : [open(folder, "700")];
  for (const name of privateFiles) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && !isPrivate(found.mode)) checks.push(open(path, "600"));
  }
  const who = isByGroup ? "the owner and the group" : "the owner";
  return checks.length > 0 ? checks : [ok("Permissions", `Only ${who} can read secrets and events.`)];
}

const open = (path: string, mode: string): Check =>
  warn("Permissions", `${path} can be read by others.`, `chmod ${mode} '${path}'`);
