import { createHash } from "node:crypto";
import type { SecretUse, StatsResponse } from "../../api/contract.ts";
import { addSecret, generateSecret, notTaken, readSecrets, retireSecret } from "../../config/secrets.ts";
import { secretWarnings } from "../../config/secret-settings.ts";
import { HookwellError } from "../../errors.ts";
import { folderOptions, openClient, readConfig } from "../open-client.ts";
import type { Command, ExitCode, Input } from "../command.ts";
import { NotFoundError, UsageError } from "../failure.ts";
import type { Io } from "../io.ts";
import { jsonOption } from "../list-options.ts";
import { paletteFor } from "../palette.ts";
import { printable } from "../../lib/printable.ts";
import { type Column, tableLines } from "../table.ts";
import { ago, count } from "../../lib/times.ts";
import { wrap } from "../wrap.ts";

/** What a command that makes a secret prints. */
const oneObject = { ...jsonOption, says: "One JSON object, for programs." };

const list: Command = {
  name: "list",
  summary: "List the active secrets and how often each was used.",
  options: [jsonOption, ...folderOptions],
  examples: [{ line: "hookwell secret list", says: "is the old one still used?" }],
  run: listThem,
};

const add: Command = {
  name: "add",
  summary: "Add an active secret; those before stay active.",
  arguments: [{ form: "<name>", says: "How you call it: a-z, 0-9, - and _." }],
  options: [
    {
      flags: "--stdin",
      says: "Take the value from standard input; without this one is generated and printed.",
    },
    oneObject,
    ...folderOptions,
  ],
  examples: [
    { line: "hookwell secret add 2026-11", says: "generates one and prints it: set it at the sender" },
    { line: "pass show webhook | hookwell secret add from-pass --stdin", says: "one that you have already" },
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
  options: [oneObject],
  examples: [
    {
      line: "heroku config:set HOOKWELL_SECRET=$(hookwell secret generate)",
      says: "for a platform that keeps it",
    },
  ],
  run: async ({ options, io }) => {
    const value = generateSecret();
    io.stdout.write(`${options.has("json") ? JSON.stringify({ value }) : value}\n`);
    return 0;
  },
};

export const secret: Command = {
  name: "secret",
  summary: "List, add, retire or generate secrets.",
  commands: [list, add, retire, generate],
};

interface SecretRow {
  readonly name: string;
  readonly source: string;
  /** Null if nobody could be asked who knows it. */
  readonly hits: number | null;
  readonly lastUsedAt: string | null;
  /** First 8 hex digits of the value's SHA-256: enough to tell secrets apart. Null if only the server has the value. */
  readonly fingerprint: string | null;
}

/** What was asked how often each secret is used. */
interface Asked {
  readonly uses: readonly SecretUse[];
  readonly isServer: boolean;
}

async function rowsOf({ options, io }: Input, asked?: Asked): Promise<readonly SecretRow[]> {
  const config = await readConfig(options, io);
  const stored = notTaken(await readSecrets(config.data), config.secrets);
  const all = [
    ...config.secrets.map((secret) => ({ ...secret, source: secret.writtenAs })),
    ...stored.map((secret) => ({ ...secret, source: "data folder" })),
  ];
  const known = all.map(({ name, value, source }) => {
    // Whoever answers may not know it, such as one that only processes: a secret in use must not look unused.
    const { hits, lastUsedAt } = asked?.uses.find((use) => use.name === name) ?? {
      hits: null,
      lastUsedAt: null,
    };
    return { name, source, hits, lastUsedAt, fingerprint: fingerprintOf(value) };
  });
  if (asked?.isServer !== true) return known;
  // The environment of its service may have some that the one of this shell has not.
  const others = asked.uses.filter((use) => !all.some(({ name }) => name === use.name));
  return [
    ...known,
    ...others.map(({ name, hits, lastUsedAt }) => {
      return { name, source: "server", hits, lastUsedAt, fingerprint: null };
    }),
  ];
}

async function listThem(input: Input): Promise<ExitCode> {
  const { options, io } = input;
  const rows = await rowsOf(input, await readUse(input));
  if (options.has("json")) {
    for (const row of rows) io.stdout.write(`${JSON.stringify(row)}\n`);
    return 0;
  }
  if (rows.length === 0) {
    const none =
      "No secret yet: the first start that receives generates one, and `hookwell secret add NAME` adds one.";
    io.stderr.write(`${wrap(none, io.stderr, 0, "")}\n`);
    return 0;
  }
  const palette = paletteFor(io.stdout, io.env);
  io.stdout.write(`${tableLines(columns(io), rows, io.stdout, palette).join("\n")}\n`);
  return 0;
}

function columns(io: Io): readonly Column<SecretRow>[] {
  const { bold, dim } = paletteFor(io.stdout, io.env);
  const used = (at: string): string => (io.stdout.isTTY ? ago(at, io.now()) : at);
  return [
    { title: "NAME", cell: ({ name }) => printable(name), paint: bold },
    { title: "SOURCE", cell: ({ source }) => printable(source), cut: "end" },
    { title: "HITS", cell: ({ hits }) => (hits === null ? "–" : count(hits)), align: "right" },
    {
      title: "LAST USED",
      cell: ({ lastUsedAt, hits }) =>
        lastUsedAt === null ? (hits === null ? "–" : "never") : used(lastUsedAt),
    },
    { title: "FINGERPRINT", cell: ({ fingerprint }) => fingerprint ?? "–", paint: dim },
  ];
}

/** Undefined if neither a server nor the data folder can tell. */
async function readUse({ options, io }: Input): Promise<Asked | undefined> {
  try {
    await using client = await openClient(options, io);
    const uses = (await client.get<StatsResponse>("/api/v1/stats")).secrets;
    return uses === null ? undefined : { uses, isServer: client.live };
  } catch (error) {
    // The list is worth showing without it, such as before the first start.
    if (error instanceof HookwellError) return undefined;
    throw error;
  }
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
  await addSecret(config.data, { name, value }, io.now());
  const { good, warn, dim } = paletteFor(io.stderr, io.env);
  for (const warning of secretWarnings([{ name, value, writtenAs: `The secret "${name}"` }])) {
    io.stderr.write(`${warn("!")} ${wrap(warning, io.stderr, 2, "  ")}\n`);
  }
  io.stderr.write(`${good("✓")} ${wrap(`Added "${name}". ${dim(restart)}`, io.stderr, 2, "  ")}\n`);
  if (generated) io.stderr.write(`  ${warn("Shown only now")}; set it at the sender:\n`);
  if (options.has("json")) io.stdout.write(`${JSON.stringify({ name, ...(generated && { value }) })}\n`);
  else if (generated) io.stdout.write(`${value}\n`);
  return 0;
}

async function readValue({ stdin, stderr }: Io): Promise<string> {
  if (stdin.isTTY) stderr.write("Value of the secret, then Enter: ");
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) {
    chunks.push(chunk);
    if (stdin.isTTY && chunk.includes(0x0a)) break;
  }
  // The line break is the terminal's or that of `echo`, not the secret's.
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

async function retireOne(input: Input): Promise<ExitCode> {
  const { args, options, io } = input;
  const name = args[0] ?? "";
  const config = await readConfig(options, io);
  const configured = config.secrets.find((secret) => secret.name === name);
  if (configured !== undefined) {
    throw new UsageError(
      `${configured.writtenAs} sets this secret: remove it there.`,
      "hookwell secret retire",
    );
  }
  const rows = await rowsOf(input);
  const isThere = rows.some((row) => row.name === name);
  if (isThere && rows.length === 1 && !options.has("force")) {
    throw new UsageError(
      `"${name}" is the last secret, and without one nothing is accepted (503): add another first, or say --force.`,
      "hookwell secret retire",
    );
  }
  if (!isThere || !(await retireSecret(config.data, name))) {
    throw new NotFoundError(
      `There is no secret "${name}" in the data folder; \`hookwell secret list\` shows where each is.`,
    );
  }
  const { good, dim } = paletteFor(io.stderr, io.env);
  io.stderr.write(`${good("✓")} ${wrap(`Retired "${name}". ${dim(restart)}`, io.stderr, 2, "  ")}\n`);
  return 0;
}

function fingerprintOf(value: string): string {
  return createHash("sha256").update(value).digest("hex").slice(0, 8);
}
