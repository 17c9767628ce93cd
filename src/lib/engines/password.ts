import { readSecretFile } from "../secret-file.ts";
import type { EngineUrl } from "./engine-url.ts";
import { renewing } from "./renewing.ts";

/**
 * The password of a URL, to be asked for whenever a connection is made: if the URL names a file for it, that is read
 * each time, since passwords are renewed in their place. While the file cannot be read, it is the one before.
 *
 * @returns undefined if the URL has no password
 * @throws {RangeError} if the file is of no use now; the end of a sentence that begins with the setting
 */
export function passwordOf({ password, keys }: EngineUrl): (() => string) | undefined {
  const file = keys.get("passwordfile");
  if (file === undefined) return password === undefined ? undefined : () => password;
  return renewing(() => {
    try {
      return readSecretFile(file);
    } catch (error) {
      throw new RangeError(`has ?passwordfile=, which ${(error as Error).message.replace(/\.$/, "")}`, {
        cause: error,
      });
    }
  });
}
