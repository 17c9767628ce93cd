import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import type { Io } from "./io.ts";

/**
 * Asks a person for a line, which the terminal does not show.
 *
 * @returns empty after Ctrl-D; undefined after Ctrl-C
 */
export async function hiddenLine(
  question: string,
  { stdin, stderr }: Pick<Io, "stdin" | "stderr">,
): Promise<string | undefined> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  const { promise: answer, resolve } = Promise.withResolvers<string | undefined>();
  lines.once("line", resolve);
  lines.once("SIGINT", () => resolve(undefined));
  // Else Ctrl-Z would make the terminal show again what is typed, and where no shell can go on with us, for good.
  lines.on("SIGTSTP", () => undefined);
  lines.once("close", () => resolve(""));
  // Not earlier: until now, the terminal would show what is typed.
  stderr.write(question);
  try {
    return await answer;
  } finally {
    lines.close();
    stderr.write("\n");
  }
}
