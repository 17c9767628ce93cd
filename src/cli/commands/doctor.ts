import { settings } from "../../config/keys.ts";
import { printable } from "../../lib/printable.ts";
import type { ExitCode, Input, Unlisted } from "../command.ts";
import type { Check } from "../doctor/check.ts";
import { examine } from "../doctor/examine.ts";
import type { Output } from "../io.ts";
import { jsonLine } from "../view/json-line.ts";
import { jsonOption } from "../list-options.ts";
import { apiOptions } from "../client/where.ts";
import { settingOption } from "../setting-options.ts";
import { wrap } from "../view/wrap.ts";
import { explain, isAboutSignature, signature, signatureOptions } from "./doctor-signature.ts";

const engineOptions = [settings.queue, settings.ledger].map((setting) => settingOption(setting, "Where:"));

export const doctor: Unlisted = {
  options: [jsonOption, ...apiOptions, ...engineOptions, ...signatureOptions],
  examples: [
    { line: "hookwell doctor", says: "settings, data folder, queue, ledger, secrets, port, TLS, clock" },
    {
      line: "hookwell doctor --queue redis://127.0.0.1",
      says: "can this engine be used, and what does its data survive?",
    },
    { line: "hookwell doctor signature --quarantine 42", says: "why was this request refused?" },
  ],
  commands: [signature],
  run: (input) => (isAboutSignature(input) ? explain(input) : examineAll(input)),
};

async function examineAll({ options, io }: Input): Promise<ExitCode> {
  const levels = new Set<Check["level"]>();
  for await (const check of examine(options, io, process.version)) {
    levels.add(check.level);
    io.stdout.write(options.has("json") ? jsonLine(check) : `${checkText(check, io.stdout)}\n`);
  }
  return levels.has("fail") ? 1 : 0;
}

function checkText({ level, topic, says, cure }: Check, stdout: Output): string {
  const { palette } = stdout;
  const mark = { ok: palette.good("✓"), warn: palette.warn("!"), fail: palette.bad("✗") }[level];
  const indent = " ".repeat(16);
  const line = `${mark} ${palette.bold(topic.padEnd(13))} ${wrap(printable(says), stdout, indent)}`;
  if (cure === undefined) return line;
  return `${line}\n${indent}${palette.dim("→")} ${wrap(printable(cure), stdout, `${indent}  `)}`;
}
