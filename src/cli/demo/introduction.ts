import type { Output } from "../io.ts";
import { labelRow } from "../view/label-row.ts";
import { version } from "../version.ts";

export interface Addresses {
  readonly hookwell: string;
  readonly token: string;
  readonly sandbox: string;
}

/** Where things are, and how one gets in and out. */
export function introduction({ hookwell, token, sandbox }: Addresses, output: Output): string {
  const { bold, dim, name } = output.palette;
  const rows = [
    labelRow("Console", name(new URL("/console/", hookwell).href), output),
    labelRow("Token", `${bold(token)} ${dim("signs you in")}`, output),
    labelRow("Webhook", name(hookwell), output),
    labelRow("Sandbox", `${name(sandbox)} ${dim("plays the sender: no account, no SMS")}`, output),
  ];
  const title = `  ${bold("Hookwell")} ${dim(version)}  ${bold("demo")}`;
  return `\n${title}\n\n${rows.join("\n")}\n\n  ${dim("Ctrl-C stops everything and leaves nothing behind.")}\n\n`;
}
