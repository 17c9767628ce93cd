import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, DataUnusableError } from "../../errors.ts";
import { type Part, parts, settingOf } from "./part.ts";
import { isOfAnotherKind } from "../sqlite/sqlite-errors.ts";

/** The file that the `sqlite:` URL of a part names; if it names none, that of the part in the data folder. */
export function sqliteFile(part: Part, url: string, data: string): string {
  const path = url.slice(url.indexOf(":") + 1);
  return path === "" ? join(data, `${part}.db`) : path;
}

/** The file of an engine; undefined if it is none. */
export function engineFile(part: Part, url: string, data: string): string | undefined {
  return url.startsWith("sqlite:") ? sqliteFile(part, url, data) : undefined;
}

/**
 * Opens the file that a `sqlite:` URL names. If a person has named a file of another kind, the error says so in the
 * words of the setting.
 *
 * @param part what the file has to be
 * @throws {ConfigError} if it is no database, or one of another kind
 */
export async function openSqliteFile<T>(
  part: Part,
  url: string,
  data: string,
  open: (path: string) => T | Promise<T>,
): Promise<T> {
  const path = sqliteFile(part, url, data);
  try {
    return await open(path);
  } catch (cause) {
    const isNamed = url !== "sqlite:";
    if (!isNamed || !(cause instanceof DataUnusableError) || !isOfAnotherKind(cause.cause)) throw cause;
    throw new ConfigError(
      [
        `${settingOf(part)} is ${path}, which is not a ${part}: name another file, or restore this one from a backup.`,
      ],
      { cause },
    );
  }
}

interface Engines {
  readonly queue: string;
  readonly ledger: string;
  /** The data folder. */
  readonly data: string;
}

/** The engines that are files which the first start has yet to make. */
export function enginesToMake(engines: Engines): readonly Part[] {
  return parts.filter((part) => {
    const file = engineFile(part, engines[part], engines.data);
    return file !== undefined && !existsSync(file);
  });
}
