import { printable } from "../lib/printable.ts";
import type { ExitCode, Input } from "./command.ts";
import { NotFoundError } from "./failure.ts";
import { withClient } from "./client/with-client.ts";
import { jsonLine } from "./view/json-line.ts";

/** Removes what the arguments name, one by one, and says so. */
export function removeEach(input: Input, path: string, idName: string): Promise<ExitCode> {
  const { args, options, io } = input;
  return withClient(input, async (client) => {
    for (const id of args) {
      try {
        await client.delete(`${path}/${encodeURIComponent(id)}`);
      } catch (error) {
        throw error instanceof NotFoundError ? new NotFoundError(`${id}: ${error.message}`) : error;
      }
      const line = options.has("json")
        ? jsonLine({ [idName]: id, removed: true })
        : `${io.stdout.palette.good("✓")} ${printable(id)} removed\n`;
      io.stdout.write(line);
    }
  });
}
