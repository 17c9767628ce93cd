import { settings } from "../../config/keys.ts";
import { notTaken, readSecrets } from "../../config/secrets.ts";
import { diagnose, type Diagnosis } from "../../event/diagnose.ts";
import { type Secret, signatureHeader } from "../../event/signature.ts";
import { apiOptions, openClient, readConfig } from "../open-client.ts";
import type { Command, ExitCode, Input, Option } from "../command.ts";
import type { Check } from "../doctor/check.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { jsonOption } from "../list-options.ts";
import { type Palette, paletteFor } from "../palette.ts";
import { printable } from "../../lib/printable.ts";
import { readInput } from "../read-input.ts";
import { findRefused, refusedBody } from "../refused-request.ts";
import { settingOption } from "../setting-options.ts";
import { wrap } from "../wrap.ts";

const signatureOptions: readonly Option[] = [
  { flags: "--body <file>", says: "The bytes of the request; - is standard input.", group: "A signature:" },
  { flags: "--signature <text>", says: `Value of the header ${signatureHeader}.`, group: "A signature:" },
  {
    flags: "--secret <secret>",
    says: "A secret to try.",
    otherwise: "the active ones",
    repeats: true,
    group: "A signature:",
  },
  {
    flags: "--quarantine <id>",
    says: "Take body and signature from a refused request.",
    group: "A signature:",
  },
];

const engineOptions = [settings.queue, settings.ledger].map((setting) => settingOption(setting, "Where:"));

const signature: Command = {
  name: "signature",
  summary: "Say why a signature does not match its body.",
  options: [...signatureOptions, jsonOption, ...apiOptions],
  examples: [
    { line: "hookwell doctor signature --quarantine 42", says: "why was this request refused?" },
    {
      line: "hookwell doctor signature --body body.json --signature 68f0… --secret $SECRET",
      says: "what is wrong with mine?",
    },
  ],
  run: explain,
};

export const doctor: Command = {
  name: "doctor",
  summary: "Check that all is in order; explain a signature.",
  options: [jsonOption, ...apiOptions, ...engineOptions, ...signatureOptions],
  examples: [
    { line: "hookwell doctor", says: "settings, data folder, queue, ledger, secrets, port, TLS, clock" },
    {
      line: "hookwell doctor --queue redis://127.0.0.1",
      says: "can this engine be used, and what does it keep?",
    },
    { line: "hookwell doctor signature --quarantine 42", says: "why was this request refused?" },
  ],
  commands: [signature],
  run: (input) => (isAboutSignature(input) ? explain(input) : examineAll(input)),
};

const isAboutSignature = ({ options }: Input): boolean =>
  ["body", "signature", "quarantine"].some((name) => options.text(name) !== undefined) ||
  options.texts("secret").length > 0;

async function examineAll({ options, io }: Input): Promise<ExitCode> {
  const palette = paletteFor(io.stdout, io.env);
  // A server that starts has no use for it.
  const { examine } = await import("../doctor/examine.ts");
  const levels = new Set<Check["level"]>();
  for await (const check of examine(options, io, process.version)) {
    levels.add(check.level);
    io.stdout.write(
      options.has("json") ? `${JSON.stringify(check)}\n` : `${checkText(check, palette, io)}\n`,
    );
  }
  return levels.has("fail") ? 1 : 0;
}

function checkText({ level, topic, says, cure }: Check, palette: Palette, { stdout }: Io): string {
  const mark = { ok: palette.good("✓"), warn: palette.warn("!"), fail: palette.bad("✗") }[level];
  const indent = " ".repeat(16);
  const line = `${mark} ${palette.bold(topic.padEnd(13))} ${wrap(printable(says), stdout, 16, indent)}`;
  if (cure === undefined) return line;
  return `${line}\n${indent}${palette.dim("→")} ${wrap(printable(cure), stdout, 18, `${indent}  `)}`;
}

interface Evidence {
  readonly body: Uint8Array;
  readonly signature: string | undefined;
}

async function explain(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  const { body, signature } = await evidenceOf(input);
  const given = options.texts("secret").map((value, at) => ({ name: `given ${at + 1}`, value }));
  const { active, hidden } = await secretsHere(input, given.length > 0);
  const diagnosis =
    given.length === 0
      ? diagnose({ body, signature, secrets: active, otherSecrets: hidden })
      : diagnose({ body, signature, secrets: given, otherSecrets: [...active, ...hidden] });
  const palette = paletteFor(io.stdout, io.env);
  io.stdout.write(
    options.has("json") ? `${JSON.stringify(diagnosis)}\n` : diagnosisText(diagnosis, palette, io),
  );
  return diagnosis.matches ? 0 : 1;
}

function diagnosisText(diagnosis: Diagnosis, { good, bad, bold, dim }: Palette, { stdout }: Io): string {
  const { matches, findings, checklist } = diagnosis;
  const line = (mark: string, sentence: string): string =>
    `  ${dim(mark)} ${wrap(printable(sentence), stdout, 4, "    ")}`;
  const head = matches
    ? `${good("✓")} ${bold("The signature matches.")}`
    : `${bad("✗")} ${bold("The signature does not match.")}`;
  const lines = findings.map(({ sentence }) => line("→", sentence));
  const questions = checklist.map((question) => line("?", question));
  return `${[head, ...lines, ...questions].join("\n")}\n`;
}

async function evidenceOf(input: Input): Promise<Evidence> {
  const { options, io } = input;
  const [id, file, signature] = [options.text("quarantine"), options.text("body"), options.text("signature")];
  if (id !== undefined) {
    const refused = await refusedRequest(input, id);
    return { body: refused.body, signature: signature ?? refused.signature };
  }
  if (file !== undefined && signature !== undefined) return { body: await readInput(file, io), signature };
  const missing = file === undefined ? "--body FILE" : "--signature TEXT";
  throw new UsageError(`Say ${missing} too, or --quarantine ID for both.`, "hookwell doctor signature");
}

async function refusedRequest({ options, io }: Input, id: string): Promise<Evidence> {
  await using client = await openClient(options, io);
  const { headers } = await findRefused(client, id);
  return { body: await refusedBody(client, id), signature: headers[signatureHeader] };
}

interface SecretsHere {
  readonly active: readonly Secret[];
  /** Those of the data folder whose name a configured one has. */
  readonly hidden: readonly Secret[];
}

/** With others to try, a folder that cannot be read is no reason to stop. */
async function secretsHere({ options, io }: Input, optional: boolean): Promise<SecretsHere> {
  try {
    const { secrets, data } = await readConfig(options, io);
    const stored = await readSecrets(data);
    const free = notTaken(stored, secrets);
    const taken = stored.filter((secret) => !free.includes(secret));
    const hidden = taken.map(({ name, value }) => ({ name: `${name} of the data folder`, value }));
    return { active: [...secrets, ...free], hidden };
  } catch (error) {
    if (optional) return { active: [], hidden: [] };
    throw error;
  }
}
