import { printable } from "../../lib/printable.ts";
import { span } from "../../lib/times.ts";
import type { Faults, Sandbox } from "../../sandbox/sandbox.ts";
import type { Options } from "../command.ts";
import type { Io } from "../io.ts";
import { stderrLog } from "../terminal-log.ts";
import { version } from "../version.ts";
import { faultName } from "../view/fault-name.ts";
import { labelRow } from "../view/label-row.ts";
import { shellWord } from "../view/shell-word.ts";

/** What a person wants to know when the sandbox has started; elsewhere one fact of the log. */
export function sandboxWelcome(sandbox: Sandbox, url: string, options: Options, io: Io): void {
  const { stderr } = io;
  const { credentials, seed } = sandbox;
  const { token, user, password, apiSpaceId } = credentials;
  if (!stderr.isTTY) return stderrLog("info", io).info("sandbox.ready", { url, apiSpaceId, seed });
  const { bold, dim, name, good } = stderr.palette;
  const row = (label: string, text: string): string => labelRow(label, text, stderr);
  const troubles = troublesOf(sandbox, options.text("scenario"));
  const lines = [
    `  ${bold("Hookwell sandbox")} ${dim(version)}  ${good("ready")}`,
    "",
    row("API", name(url)),
    row("Basic", `user ${bold(printable(user))}, password ${bold(printable(password))}, for /cpaas/…`),
    row("Bearer", `token ${bold(printable(token))}, for /apispaces/{API Space}/…`),
    row("API Space", printable(apiSpaceId)),
    row(
      "Retries",
      `schedule ${options.text("schedule") ?? "A"}, about 24 hours; that 401 is retried is a guess`,
    ),
    row("Seed", `${seed}; --seed ${seed} gives the same again`),
    ...(troubles === "" ? [] : [row("Troubles", troubles)]),
    "",
    `  ${dim("Register the Hookwell of this machine, in another terminal:")}`,
    `    ${name(`export HOOKWELL_API=${url}`)}`,
    `    ${name(`export HOOKWELL_API_USER=${shellWord(user)} HOOKWELL_API_PASSWORD=${shellWord(password)}`)}`,
    `    ${name("hookwell webhooks create --name hookwell --url http://127.0.0.1:3000/ \\")}`,
    `      ${name("--events 'message.*' --generate-secret")}`,
  ];
  stderr.write(`${lines.join("\n")}\n\n  ${dim("Ctrl-C stops.")}\n\n`);
}

/** `scenario rotation, duplicate 10%, rotation 10m` */
function troublesOf({ faults }: Sandbox, scenario: string | undefined): string {
  const all = Object.entries(faults) as readonly (readonly [keyof Faults, number | boolean])[];
  const on = all.filter(([name, value]) => name !== "slowBodyMs" && value !== 0 && value !== false);
  const shown = on.map(([name, value]) => {
    if (typeof value === "boolean") return faultName(name);
    return `${faultName(name)} ${name.endsWith("Ms") ? span(value) : `${Math.round(value * 100)}%`}`;
  });
  return [...(scenario === undefined ? [] : [`scenario ${scenario}`]), ...shown].join(", ");
}
