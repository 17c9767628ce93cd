import { access } from "node:fs/promises";
import { join } from "node:path";

/**
 * The file that a `sqlite:` URL names.
 *
 * @param name of the file in the data folder, if the URL says no other
 */
export function sqliteFile(url: string, data: string, name: string): string {
  const path = url.slice(url.indexOf(":") + 1);
  return path === "" ? join(data, name) : path;
}

interface Engines {
  readonly queue: string;
  readonly ledger: string;
  /** The data folder. */
  readonly data: string;
}

/** Those that are files, and that the first start has yet to make. */
export async function enginesToMake(engines: Engines): Promise<readonly ("queue" | "ledger")[]> {
  const toMake = await Promise.all(
    (["queue", "ledger"] as const).map(async (part) => {
      const url = engines[part];
      if (!url.startsWith("sqlite:")) return [];
      return (await isThere(sqliteFile(url, engines.data, `${part}.db`))) ? [] : [part];
    }),
  );
  return toMake.flat();
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
