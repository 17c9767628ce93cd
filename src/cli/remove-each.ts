import { printable } from "../lib/printable.ts";
import type { ExitCode, Input } from "./command.ts";
import { NotFoundError } from "./failure.ts";
import { withClient } from "./client/with-client.ts";
import { reportError } from "./report-error.ts";
import { jsonLine } from "./view/json-line.ts";

/** Removes what the arguments name, one by one, and says so; one that is not there keeps none of the others. */
export async function removeEach(input: Input, path: string, idName: string): Promise<ExitCode> {
  const { args, options, io } = input;
  let code: ExitCode = 0;
  await withClient(input, async (client) => {
    for (const id of args) {
      try {
        await client.delete(`${path}/${encodeURIComponent(id)}`);
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error;
        code = reportError(new NotFoundError(`${id}: ${error.message}`), io);
        continue;
      }
      const line = options.has("json")
        ? jsonLine({ [idName]: id, removed: true })
        : `${io.stdout.palette.good("✓")} ${printable(id)}: removed\n`;
      io.stdout.write(line);
    }
  });
  return code;
}
