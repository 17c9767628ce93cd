import { text } from "node:stream/consumers";
import { addSecret, generateSecret, readSecrets, retireSecret } from "../../config/secrets/secrets.ts";
import { secretWarnings } from "../../config/secrets/secret-settings.ts";
import { folderOptions, readConfig } from "../client/where.ts";
import type { Command, ExitCode, Input, Unlisted } from "../command.ts";
import { NotFoundError, UsageError } from "../failure.ts";
import { hiddenLine } from "../hidden-line.ts";
import type { Io } from "../io.ts";
import { jsonLine } from "../view/json-line.ts";
import { jsonOption, oneJsonOption } from "../list-options.ts";
import { endedBy } from "../signals.ts";
import { secretColumns, secretRows } from "../secret-rows.ts";
import { markedLine } from "../view/marked-line.ts";
import { tableLines } from "../view/table.ts";
import { wrap } from "../view/wrap.ts";

const list: Command = {
  name: "list",
  summary: "List the active secrets and how often each was used.",
  options: [jsonOption, ...folderOptions],
  examples: [{ line: "hookwell secret list", says: "is the old one still used?" }],
  run: listThem,
};

const add: Command = {
  name: "add",
  summary: "Add an active secret; the existing ones stay active.",
  arguments: [{ form: "<name>", says: "Name of your choice: a-z, 0-9, - and _." }],
  options: [
    {
      flags: "--stdin",
      says: "Take the value from standard input; a terminal asks for it and does not show it. Without this, one is generated and printed.",
    },
    oneJsonOption,
    ...folderOptions,
  ],
  examples: [
    { line: "hookwell secret add 2026-11", says: "generates one and prints it: set it at the sender" },
    { line: "pass show webhook | hookwell secret add from-pass --stdin", says: "one that you already have" },
  ],
  run: addOne,
};

const retire: Command = {
  name: "retire",
  summary: "Retire a secret: what it signs is refused from now on.",
  arguments: [{ form: "<name>", says: "Name from the list." }],
  options: [{ flags: "--force", says: "Even if it is the last one." }, ...folderOptions],
  examples: [{ line: "hookwell secret retire 2025-11", says: "at the end of a rotation" }],
  run: retireOne,
};

const generate: Command = {
  name: "generate",
  summary: "Print a new random secret; nothing is stored.",
  options: [oneJsonOption],
  examples: [
    {
      line: "heroku config:set HOOKWELL_SECRET=$(hookwell secret generate)",
      says: "for a platform that keeps it",
    },
  ],
  run: async ({ options, io }) => {
    const value = generateSecret();
    io.stdout.write(options.has("json") ? jsonLine({ value }) : `${value}\n`);
    return 0;
  },
};

export const secret: Unlisted = {
  commands: [list, add, retire, generate],
};

async function listThem(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  const rows = await secretRows(input);
  if (options.has("json")) {
    for (const row of rows) io.stdout.write(jsonLine(row));
    return 0;
  }
  if (rows.length === 0) {
    const none =
      "No secret is known here: the first `hookwell serve` or `hookwell receive` generates one, and `hookwell secret add NAME` adds one. A secret that a program gives to createReceiver is known to that program alone.";
    io.stderr.write(`${wrap(none, io.stderr, "")}\n`);
    return 0;
  }
  io.stdout.write(`${tableLines(secretColumns(io), rows, io.stdout).join("\n")}\n`);
  return 0;
}

const restart = "Running servers notice within seconds.";

async function addOne({ args, options, io }: Input): Promise<ExitCode> {
  const name = args[0] ?? "";
  const config = await readConfig(options, io);
  const taken = config.secrets.find((secret) => secret.name === name);
  if (taken !== undefined) {
    throw new UsageError(
      `${taken.writtenAs} sets the secret "${name}" already: choose another name.`,
      "hookwell secret add",
    );
  }
  const generated = !options.has("stdin");
  const value = generated ? generateSecret() : await readValue(io);
  if (value === undefined) return endedBy.SIGINT;
  await addSecret(config.data, { name, value }, io.now());
  const { good, warn, dim } = io.stderr.palette;
  for (const warning of secretWarnings([{ name, value, writtenAs: `The secret "${name}"` }])) {
    io.stderr.write(markedLine(warn("!"), warning, io.stderr));
  }
  io.stderr.write(markedLine(good("✓"), `Added "${name}". ${dim(restart)}`, io.stderr));
  if (generated) io.stderr.write(`  ${warn("Shown only now")}; set it at the sender in a few seconds:\n`);
  if (options.has("json")) io.stdout.write(jsonLine({ name, ...(generated && { value }) }));
  else if (generated) io.stdout.write(`${value}\n`);
  return 0;
}

/** What standard input holds, or a person types; undefined after Ctrl-C. */
async function readValue(io: Io): Promise<string | undefined> {
  if (io.stdin.isTTY) return typedValue(io);
  // The line break is that of `echo`, not the secret's.
  const value = (await text(io.stdin)).replace(/\r?\n$/, "");
  // An entry of a password store may have more lines than the secret. Bytes that are no text come as U+FFFD.
  if (!/[\p{Cc}\ufffd]/u.test(value)) return value;
  throw new UsageError(
    "Standard input is not one line of text in UTF-8: give the value alone.",
    "hookwell secret add",
  );
}

async function typedValue(io: Io): Promise<string | undefined> {
  const value = await hiddenLine("Value of the secret, then Enter: ", io);
  // Some terminals hand on keys that others act upon, such as backspace where TERM is dumb.
  if (value === undefined || !/\p{Cc}/u.test(value)) return value;
  throw new UsageError(
    "What was typed has a control character in it, such as a tab or a backspace: type it again.",
    "hookwell secret add",
  );
}

async function retireOne({ args, options, io }: Input): Promise<ExitCode> {
  const name = args[0] ?? "";
  const config = await readConfig(options, io);
  const configured = config.secrets.find((secret) => secret.name === name);
  if (configured !== undefined) {
    throw new UsageError(
      `${configured.writtenAs} sets this secret: remove it there.`,
      "hookwell secret retire",
    );
  }
  // Nothing is made in a folder without it, which may not even be there.
  const isThere = (await readSecrets(config.data)).some((stored) => stored.name === name);
  const keep = config.secrets.length === 0 && !options.has("force") ? 1 : 0;
  const end = isThere ? await retireSecret(config.data, name, { keep }) : "unknown";
  if (end === "last") {
    throw new UsageError(
      `"${name}" is the last secret, and without one nothing is accepted (503): add another first, or use --force.`,
      "hookwell secret retire",
    );
  }
  if (end === "unknown") {
    throw new NotFoundError(
      `There is no secret "${name}" in the data folder; \`hookwell secret list\` shows where each is.`,
    );
  }
  const { good, dim } = io.stderr.palette;
  io.stderr.write(markedLine(good("✓"), `Retired "${name}". ${dim(restart)}`, io.stderr));
  return 0;
}
