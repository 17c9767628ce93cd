import { notTaken, readSecrets } from "../../config/secrets/secrets.ts";
import { diagnose, type Diagnosis } from "../../event/diagnose.ts";
import { type Secret, signatureHeader } from "../../event/signature.ts";
import { printable } from "../../lib/printable.ts";
import type { Command, ExitCode, Input, Option } from "../command.ts";
import { UsageError } from "../failure.ts";
import type { Output } from "../io.ts";
import { jsonLine } from "../view/json-line.ts";
import { oneJsonOption } from "../list-options.ts";
import { openClient } from "../client/open-client.ts";
import { apiOptions, readConfig } from "../client/where.ts";
import { readInput } from "../read-input.ts";
import { findRefused, refusedBody } from "../refused-request.ts";
import { wrap } from "../view/wrap.ts";

export const signatureOptions: readonly Option[] = [
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

export const signature: Command = {
  name: "signature",
  summary: "Say why a signature does not match its body.",
  options: [...signatureOptions, oneJsonOption, ...apiOptions],
  examples: [
    { line: "hookwell doctor signature --quarantine 42", says: "why was this request refused?" },
    {
      line: "hookwell doctor signature --body body.json --signature 68f0… --secret $SECRET",
      says: "what is wrong with mine?",
    },
  ],
  run: explain,
};

/** Whether `doctor` is asked about a signature, even without the word. */
export const isAboutSignature = ({ options }: Input): boolean =>
  ["body", "signature", "quarantine"].some((name) => options.text(name) !== undefined) ||
  options.texts("secret").length > 0;

interface Evidence {
  readonly body: Uint8Array;
  readonly signature: string | undefined;
}

export async function explain(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  const { body, signature } = await evidenceOf(input);
  const given = options.texts("secret").map((value, at) => ({ name: `given ${at + 1}`, value }));
  const { active, hidden } = await secretsHere(input, given.length > 0);
  const diagnosis =
    given.length === 0
      ? diagnose({ body, signature, secrets: active, otherSecrets: hidden })
      : diagnose({ body, signature, secrets: given, activeSecrets: active, otherSecrets: hidden });
  io.stdout.write(options.has("json") ? jsonLine(diagnosis) : diagnosisText(diagnosis, io.stdout));
  return diagnosis.matches ? 0 : 1;
}

function diagnosisText(diagnosis: Diagnosis, stdout: Output): string {
  const { good, bad, bold, dim } = stdout.palette;
  const { matches, findings, checklist } = diagnosis;
  const line = (mark: string, sentence: string): string =>
    `  ${dim(mark)} ${wrap(printable(sentence), stdout, "    ")}`;
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
  if (id !== undefined && file !== undefined) {
    throw new UsageError(
      "--quarantine and --body exclude each other: choose one.",
      "hookwell doctor signature",
    );
  }
  if (id !== undefined) {
    const refused = await refusedRequest(input, id);
    return { body: refused.body, signature: signature ?? refused.signature };
  }
  if (file !== undefined && signature !== undefined) return { body: await readInput(file, io), signature };
  throw new UsageError(
    `Say ${missing(file, signature)}, or --quarantine ID for both.`,
    "hookwell doctor signature",
  );
}

function missing(file: string | undefined, signature: string | undefined): string {
  if (file !== undefined) return "--signature TEXT too";
  return signature === undefined ? "--body FILE and --signature TEXT" : "--body FILE too";
}

async function refusedRequest({ options, io }: Input, id: string): Promise<Evidence> {
  await using client = await openClient(options, io);
  const { headers } = await findRefused(client, id);
  return { body: await refusedBody(client, id), signature: headers[signatureHeader] };
}

interface SecretsHere {
  readonly active: readonly Secret[];
  /** Secrets of the data folder whose names are taken by configured ones. */
  readonly hidden: readonly Secret[];
}

/** @param optional true if there are other secrets to try: then a folder that cannot be read is no reason to stop */
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
